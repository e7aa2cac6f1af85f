;; Prints packets that are known but for some numbers: what repeated-printing.ts says, for many packets in one call.
;;
;; Assembled into repeats-code.ts by scripts/assemble.mjs. The memory is laid out by the globals, which known-packets.ts reads:
;; all addresses and offsets are bytes. How packets are found to be known is written in looks.wat.
(module
  (memory (export "memory") 80)

  ;; The capture's first packet's seconds (eight bytes) and nanoseconds; then what print answers besides: where its text ends.
  (global $FIRST (export "FIRST") i32 (i32.const 16))
  (global $END (export "END") i32 (i32.const 28))
  ;; 0 to 999 in decimal: digits in the low bytes, how many in the top one; then the same with leading zeros.
  (global $SHORT (export "SHORT") i32 (i32.const 1024))
  (global $THREE (export "THREE") i32 (i32.const 5120))
  ;; 00 to ff.
  (global $HEX (export "HEX") i32 (i32.const 9216))
  ;; As looks.wat says: factors, tails, and lists of shapes and looks.
  (global $TAILS (export "TAILS") i32 (i32.const 9728))
  (global $FACTORS (export "FACTORS") i32 (i32.const 9984))
  (global $LENGTHS (export "LENGTHS") i32 (i32.const 10240))
  (global $BUCKETS (export "BUCKETS") i32 (i32.const 11264))
  (global $BUCKET_SHIFT (export "BUCKET_SHIFT") i32 (i32.const 22))
  ;; Of each packet: start, captured length (-1: not to be printed here), original length, nanoseconds, interface, seconds.
  (global $STARTS (export "STARTS") i32 (i32.const 16384))
  (global $CAPTURED (export "CAPTURED") i32 (i32.const 20480))
  (global $ORIGINAL (export "ORIGINAL") i32 (i32.const 24576))
  (global $NANOSECONDS (export "NANOSECONDS") i32 (i32.const 28672))
  (global $INTERFACES (export "INTERFACES") i32 (i32.const 32768))
  (global $SECONDS (export "SECONDS") i32 (i32.const 34816))
  (global $SHAPES (export "SHAPES") i32 (i32.const 43008))
  ;; The packets' bytes, and room for the last vector to reach beyond them.
  (global $BYTES (export "BYTES") i32 (i32.const 65536))
  ;; Text.
  (global $OUT (export "OUT") i32 (i32.const 393216))
  ;; To the memory's end.
  (global $LOOKS (export "LOOKS") i32 (i32.const 1441792))

  ;; A look goes on at 12: where its steps are, where its text is, the times it can't print (1: with nanoseconds, 2: before the first packet's), how
  ;; many sums it has; at 320 of each sum: from, to, what else is added, whether it has to be right or must not be.
  ;; A step: how much of the text is copied, what is put behind it (see $put), two numbers for that.

  (include "../../packet/looks.wat")

  ;; Whether the packet's sums are what the look's are.
  (func $hasSums (param $look i32) (param $packet i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $look) (i32.shl (i32.load offset=24 (local.get $look)) (i32.const 4))))
    (block $done
      (loop $sums
        (br_if $done (i32.ge_u (local.get $look) (local.get $end)))
        (if
          (i32.ne
            (i32.eq
              (call $folded
                (i32.add
                  (call $sum
                    (i32.add (local.get $packet) (i32.load offset=320 (local.get $look)))
                    (i32.add (local.get $packet) (i32.load offset=324 (local.get $look))))
                  (i32.load offset=328 (local.get $look))))
              (i32.const 0xffff))
            (i32.load offset=332 (local.get $look)))
          (then (return (i32.const 0))))
        (local.set $look (i32.add (local.get $look) (i32.const 16)))
        (br $sums)))
    (i32.const 1))

  ;; Whether the look's text can tell the packet's time.
  (func $hasTime (param $look i32) (param $seconds f64) (param $nanoseconds i32) (result i32)
    (local $not i32)
    ;; Also refuses what is no number.
    (if
      (i32.eqz
        (i32.and
          (f64.ge (local.get $seconds) (f64.const 0))
          (f64.lt (local.get $seconds) (f64.const 4294967296))))
      (then (return (i32.const 0))))
    (local.set $not (i32.load offset=20 (local.get $look)))
    (if (i32.and (local.get $not) (i32.const 1))
      (then
        (if (i32.rem_u (local.get $nanoseconds) (i32.const 1000)) (then (return (i32.const 0))))))
    (if (i32.and (local.get $not) (i32.const 2))
      (then
        (if (f64.lt (local.get $seconds) (f64.load (global.get $FIRST))) (then (return (i32.const 0))))
        (if (f64.eq (local.get $seconds) (f64.load (global.get $FIRST)))
          (then
            (if (i32.lt_s (local.get $nanoseconds) (i32.load offset=8 (global.get $FIRST)))
              (then (return (i32.const 0))))))))
    (i32.const 1))

  (func $threeDigits (param $at i32) (param $value i32)
    (i32.store (local.get $at)
      (i32.load (i32.add (global.get $THREE) (i32.shl (local.get $value) (i32.const 2))))))

  (func $sixDigits (param $at i32) (param $value i32) (result i32)
    (local $thousands i32)
    (local.set $thousands (i32.div_u (local.get $value) (i32.const 1000)))
    (i32.store (local.get $at)
      (i32.load (i32.add (global.get $THREE) (i32.shl (local.get $thousands) (i32.const 2)))))
    (i32.store offset=3 (local.get $at)
      (i32.load
        (i32.add
          (global.get $THREE)
          (i32.shl
            (i32.sub (local.get $value) (i32.mul (local.get $thousands) (i32.const 1000)))
            (i32.const 2)))))
    (i32.add (local.get $at) (i32.const 6)))

  (func $nineDigits (param $at i32) (param $value i32) (result i32)
    (local $millions i32)
    (local.set $millions (i32.div_u (local.get $value) (i32.const 1000000)))
    (call $threeDigits (local.get $at) (local.get $millions))
    (call $sixDigits
      (i32.add (local.get $at) (i32.const 3))
      (i32.sub (local.get $value) (i32.mul (local.get $millions) (i32.const 1000000)))))

  ;; In decimal: 32 bits without a sign.
  (func $uint (param $at i32) (param $value i32) (result i32)
    (local $upper i32) (local $word i32)
    (if (i32.lt_u (local.get $value) (i32.const 1000))
      (then
        (local.set $word
          (i32.load (i32.add (global.get $SHORT) (i32.shl (local.get $value) (i32.const 2)))))
        (i32.store (local.get $at) (local.get $word))
        (return (i32.add (local.get $at) (i32.shr_u (local.get $word) (i32.const 24))))))
    (if (i32.lt_u (local.get $value) (i32.const 1000000))
      (then
        (local.set $upper (i32.div_u (local.get $value) (i32.const 1000)))
        (local.set $word
          (i32.load (i32.add (global.get $SHORT) (i32.shl (local.get $upper) (i32.const 2)))))
        (i32.store (local.get $at) (local.get $word))
        (local.set $at (i32.add (local.get $at) (i32.shr_u (local.get $word) (i32.const 24))))
        (call $threeDigits
          (local.get $at)
          (i32.sub (local.get $value) (i32.mul (local.get $upper) (i32.const 1000))))
        (return (i32.add (local.get $at) (i32.const 3)))))
    (local.set $upper (i32.div_u (local.get $value) (i32.const 1000000)))
    (call $sixDigits
      (call $uint (local.get $at) (local.get $upper))
      (i32.sub (local.get $value) (i32.mul (local.get $upper) (i32.const 1000000)))))

  ;; The same behind spaces, where it has fewer than `width` digits (8 at most).
  (func $uintRight (param $at i32) (param $value i32) (param $width i32) (result i32)
    (i64.store (local.get $at) (i64.const 0x2020202020202020))
    (local.set $width (i32.sub (local.get $width) (i32.const 1)))
    (local.set $width (i32.sub (local.get $width) (i32.ge_u (local.get $value) (i32.const 10))))
    (local.set $width (i32.sub (local.get $width) (i32.ge_u (local.get $value) (i32.const 100))))
    (local.set $width (i32.sub (local.get $width) (i32.ge_u (local.get $value) (i32.const 1000))))
    (local.set $width (i32.sub (local.get $width) (i32.ge_u (local.get $value) (i32.const 10000))))
    (local.set $width (i32.sub (local.get $width) (i32.ge_u (local.get $value) (i32.const 100000))))
    (local.set $width (i32.sub (local.get $width) (i32.ge_u (local.get $value) (i32.const 1000000))))
    (local.set $width (i32.sub (local.get $width) (i32.ge_u (local.get $value) (i32.const 10000000))))
    (call $uint
      (i32.add
        (local.get $at)
        (select (local.get $width) (i32.const 0) (i32.gt_s (local.get $width) (i32.const 0))))
      (local.get $value)))

  ;; Bytes as pairs of hexadecimal digits.
  (func $hexBytes (param $at i32) (param $from i32) (param $end i32) (result i32)
    (block $done
      (loop $bytes
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (i32.store16 (local.get $at)
          (i32.load16_u
            (i32.add (global.get $HEX) (i32.shl (i32.load8_u (local.get $from)) (i32.const 1)))))
        (local.set $at (i32.add (local.get $at) (i32.const 2)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $bytes)))
    (local.get $at))

  ;; Writes a packet's text, and answers where it ends.
  (func $write (param $at i32) (param $look i32) (param $packet i32) (param $number i32) (param $seconds f64) (param $nanoseconds i32) (result i32)
    (local $step i32) (local $text i32) (local $length i32) (local $place i32) (local $more i32)
    (local.set $step (i32.load offset=12 (local.get $look)))
    (local.set $text (i32.load offset=16 (local.get $look)))
    (loop $steps
      ;; 16 bytes at a time: some more than asked for are copied.
      (local.set $length (i32.load (local.get $step)))
      (local.set $more (i32.const 0))
      (block $copied
        (loop $vectors
          (br_if $copied (i32.ge_u (local.get $more) (local.get $length)))
          (v128.store
            (i32.add (local.get $at) (local.get $more))
            (v128.load (i32.add (local.get $text) (local.get $more))))
          (local.set $more (i32.add (local.get $more) (i32.const 16)))
          (br $vectors)))
      (local.set $at (i32.add (local.get $at) (local.get $length)))
      (local.set $text (i32.add (local.get $text) (local.get $length)))
      (local.set $place (i32.add (local.get $packet) (i32.load offset=8 (local.get $step))))
      (local.set $more (i32.load offset=12 (local.get $step)))
      (block $next
        (block $hexBytes
          (block $hexadecimal
            (block $decimal
              (block $time
                (block $number
                  ;; As FORMAT in text-holes.ts: 0 ends the text.
                  (br_table $next $number $time $decimal $hexadecimal $hexBytes (i32.load offset=4 (local.get $step))))
                ;; The packet's number, right-aligned in so many characters.
                (local.set $at (call $uintRight (local.get $at) (local.get $number) (local.get $more)))
                (br $next))
              ;; Seconds and their fraction: right-aligned in as many characters as the lowest four bits say; 16: since the first packet; 32: six digits.
              (local.set $at (call $time
                (local.get $at) (local.get $seconds) (local.get $nanoseconds) (local.get $more)))
              (br $next))
            ;; 16 bits.
            (local.set $at 
              (call $uint
                (local.get $at)
                (i32.or
                  (i32.shl (i32.load8_u (local.get $place)) (i32.const 8))
                  (i32.load8_u offset=1 (local.get $place)))))
            (br $next))
          ;; 16 bits in four digits.
          (local.set $at
            (call $hexBytes (local.get $at) (local.get $place) (i32.add (local.get $place) (i32.const 2))))
          (br $next))
        (local.set $at
          (call $hexBytes (local.get $at) (local.get $place) (i32.add (local.get $place) (local.get $more)))))
      (local.set $length (i32.load offset=4 (local.get $step)))
      (local.set $step (i32.add (local.get $step) (i32.const 16)))
      (br_if $steps (local.get $length)))
    (local.get $at))

  (func $time (param $at i32) (param $seconds f64) (param $nanoseconds i32) (param $form i32) (result i32)
    (if (i32.and (local.get $form) (i32.const 16))
      (then
        (local.set $seconds (f64.sub (local.get $seconds) (f64.load (global.get $FIRST))))
        (local.set $nanoseconds
          (i32.sub (local.get $nanoseconds) (i32.load offset=8 (global.get $FIRST))))
        (if (i32.lt_s (local.get $nanoseconds) (i32.const 0))
          (then
            (local.set $seconds (f64.sub (local.get $seconds) (f64.const 1)))
            (local.set $nanoseconds (i32.add (local.get $nanoseconds) (i32.const 1000000000)))))))
    (local.set $at
      (call $uintRight
        (local.get $at)
        (i32.trunc_f64_u (local.get $seconds))
        (i32.and (local.get $form) (i32.const 15))))
    ;; A dot.
    (i32.store8 (local.get $at) (i32.const 46))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.and (local.get $form) (i32.const 32))
      (then
        (return
          (call $sixDigits (local.get $at) (i32.div_u (local.get $nanoseconds) (i32.const 1000))))))
    (call $nineDigits (local.get $at) (local.get $nanoseconds)))

  ;; Prints packets from one up to another, as long as they are known and text ends before $limit. Answers the first that it did not print.
  ;; $shift: what a packet's start lacks to be its address; $number: of the first one
  (func (export "print") (param $shift i32) (param $from i32) (param $to i32) (param $number i32) (param $at i32) (param $limit i32) (result i32)
    (local $word i32) (local $packet i32) (local $look i32) (local $seconds f64) (local $nanoseconds i32)
    (block $done
      (loop $packets
        (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
        (br_if $done (i32.ge_u (local.get $at) (local.get $limit)))
        (local.set $word (i32.shl (local.get $from) (i32.const 2)))
        (br_if $done
          (i32.ne
            (i32.load (i32.add (global.get $CAPTURED) (local.get $word)))
            (i32.load (i32.add (global.get $ORIGINAL) (local.get $word)))))
        (local.set $packet
          (i32.add (local.get $shift) (i32.load (i32.add (global.get $STARTS) (local.get $word)))))
        (local.set $look
          (call $find
            (local.get $packet)
            (i32.load (i32.add (global.get $CAPTURED) (local.get $word)))
            (i32.load16_u (i32.add (global.get $INTERFACES) (i32.shl (local.get $from) (i32.const 1))))))
        (br_if $done (i32.eqz (local.get $look)))
        (local.set $seconds
          (f64.load (i32.add (global.get $SECONDS) (i32.shl (local.get $from) (i32.const 3)))))
        (local.set $nanoseconds (i32.load (i32.add (global.get $NANOSECONDS) (local.get $word))))
        (br_if $done
          (i32.eqz (call $hasTime (local.get $look) (local.get $seconds) (local.get $nanoseconds))))
        (br_if $done (i32.eqz (call $hasSums (local.get $look) (local.get $packet))))
        (local.set $at
          (call $write
            (local.get $at) (local.get $look) (local.get $packet)
            (local.get $number) (local.get $seconds) (local.get $nanoseconds)))
        (local.set $number (i32.add (local.get $number) (i32.const 1)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $packets)))
    (i32.store (global.get $END) (local.get $at))
    (local.get $from)))
