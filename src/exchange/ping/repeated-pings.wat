;; Which packets of a batch repeat a ping that is known: what repeated-pings.ts says, for many packets in one call.
;;
;; Assembled into repeated-pings-code.ts by scripts/assemble.mjs. The memory is laid out by the globals, which comparison-code.ts reads:
;; all addresses and offsets are bytes. How packets are found to be known is written in looks.wat.
(module
  ;; Of the thread that compares alone, or shared between two.
  (memory (import "" "memory") 29 65536)

  ;; As looks.wat says: factors, tails, and lists of shapes and looks.
  (global $FACTORS (export "FACTORS") i32 (i32.const 1024))
  (global $TAILS (export "TAILS") i32 (i32.const 1536))
  (global $LENGTHS (export "LENGTHS") i32 (i32.const 2048))
  (global $BUCKETS (export "BUCKETS") i32 (i32.const 4096))
  (global $BUCKET_SHIFT (export "BUCKET_SHIFT") i32 (i32.const 20))
  ;; Of each packet: start, captured and original length in four bytes each, interface in two.
  (global $STARTS (export "STARTS") i32 (i32.const 20480))
  (global $CAPTURED (export "CAPTURED") i32 (i32.const 36864))
  (global $ORIGINAL (export "ORIGINAL") i32 (i32.const 53248))
  (global $INTERFACES (export "INTERFACES") i32 (i32.const 69632))
  ;; Of each packet five words: the look's number, or 0; identifier and sequence number as one; the data's hash, 0 where it is short;
  ;; IPv4 identification and checksum; the outermost identification.
  (global $RESULTS (export "RESULTS") i32 (i32.const 77824))
  (global $SHAPES (export "SHAPES") i32 (i32.const 159744))
  ;; The packets' bytes, and room for the last vector to reach beyond them.
  (global $BYTES (export "BYTES") i32 (i32.const 196608))
  (global $LOOKS (export "LOOKS") i32 (i32.const 459264))

  ;; A shape goes on at 12: where the echo begins and ends, where the outermost and the innermost identification are (-1: none), how many IPv4
  ;; headers there are, and where (up to 8).
  ;; A look goes on at 12: its number, the sum of the pseudo-header; at 24 what identification and checksum of each IPv4 header add up to.

  (func $bigEndian16 (param $at i32) (result i32)
    (i32.or
      (i32.shl (i32.load8_u (local.get $at)) (i32.const 8))
      (i32.load8_u offset=1 (local.get $at))))

  (include "../../packet/looks.wat")

  ;; What the identification and the checksum of an IPv4 header add up to; 0xffff is 0.
  (func $pair (export "pair") (param $header i32) (result i32)
    (local $sum i32)
    (local.set $sum
      (call $folded
        (i32.add (i32.load16_u offset=4 (local.get $header)) (i32.load16_u offset=10 (local.get $header)))))
    (select (i32.const 0) (local.get $sum) (i32.eq (local.get $sum) (i32.const 0xffff))))

  ;; Whether the checksums of the IPv4 headers and of the echo are right.
  (func $isRight (param $look i32) (param $packet i32) (result i32)
    (local $shape i32) (local $at i32) (local $end i32)
    (local.set $shape (i32.load offset=4 (local.get $look)))
    (local.set $end (i32.shl (i32.load offset=28 (local.get $shape)) (i32.const 2)))
    (block $done
      (loop $headers
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (if
          (i32.ne
            (call $pair
              (i32.add
                (local.get $packet)
                (i32.load offset=32 (i32.add (local.get $shape) (local.get $at)))))
            (i32.load offset=24 (i32.add (local.get $look) (local.get $at))))
          (then (return (i32.const 0))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $headers)))
    (i32.eq
      (call $folded
        (i32.add
          (call $sum
            (i32.add (local.get $packet) (i32.load offset=12 (local.get $shape)))
            (i32.add (local.get $packet) (i32.load offset=16 (local.get $shape))))
          (i32.load offset=16 (local.get $look))))
      (i32.const 0xffff)))

  ;; Fills a packet's result.
  (func $tell (param $result i32) (param $look i32) (param $packet i32)
    (local $shape i32) (local $echo i32) (local $identification i32) (local $words v128)
    (local.set $shape (i32.load offset=4 (local.get $look)))
    (local.set $echo (i32.add (local.get $packet) (i32.load offset=12 (local.get $shape))))
    (i32.store (local.get $result) (i32.load offset=12 (local.get $look)))
    (i32.store offset=4 (local.get $result)
      (i32.or
        (i32.shl (call $bigEndian16 (i32.add (local.get $echo) (i32.const 4))) (i32.const 16))
        (call $bigEndian16 (i32.add (local.get $echo) (i32.const 6)))))
    ;; As createEchoDataReader does.
    (if
      (i32.ge_s
        (i32.sub (i32.load offset=16 (local.get $shape)) (i32.load offset=12 (local.get $shape)))
        (i32.const 24))
      (then
        (local.set $words (v128.load offset=8 (local.get $echo)))
        (local.set $words
          (i32x4.mul
            (i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12 (local.get $words) (local.get $words))
            (v128.const i32x4 0x9e3779b1 0x85ebca6b 0xc2b2ae35 0x27d4eb2f)))
        (local.set $identification
          (i32.xor
            (i32.xor (i32x4.extract_lane 0 (local.get $words)) (i32x4.extract_lane 1 (local.get $words)))
            (i32.xor (i32x4.extract_lane 2 (local.get $words)) (i32x4.extract_lane 3 (local.get $words)))))
        (i32.store offset=8 (local.get $result)
          (select (i32.const 1) (local.get $identification) (i32.eqz (local.get $identification)))))
      (else (i32.store offset=8 (local.get $result) (i32.const 0))))
    (local.set $identification (i32.load offset=24 (local.get $shape)))
    (i32.store offset=12 (local.get $result)
      (i32.or
        (call $bigEndian16 (i32.add (local.get $echo) (i32.const 2)))
        (if (result i32) (i32.lt_s (local.get $identification) (i32.const 0))
          (then (i32.const 0))
          (else
            (i32.shl
              (call $bigEndian16 (i32.add (local.get $packet) (local.get $identification)))
              (i32.const 16))))))
    (i32.store offset=16 (local.get $result)
      (call $bigEndian16 (i32.add (local.get $packet) (i32.load offset=20 (local.get $shape))))))

  ;; Fills the results of packets, and answers how many are repetitions.
  ;; $starts, $captured, $original, $interfaces, $results: where of each packet is what the globals of these names tell
  ;; $shift: what a packet's start lacks to be its address
  (func (export "scan")
    (param $starts i32) (param $captured i32) (param $original i32) (param $interfaces i32) (param $results i32)
    (param $shift i32) (param $count i32) (result i32)
    (local $found i32) (local $i i32) (local $word i32) (local $packet i32) (local $look i32)
    (block $done
      (loop $packets
        (br_if $done (i32.ge_u (local.get $i) (local.get $count)))
        (local.set $word (i32.shl (local.get $i) (i32.const 2)))
        (local.set $packet
          (i32.add (local.get $shift) (i32.load (i32.add (local.get $starts) (local.get $word)))))
        (local.set $look (i32.const 0))
        (if
          (i32.eq
            (i32.load (i32.add (local.get $captured) (local.get $word)))
            (i32.load (i32.add (local.get $original) (local.get $word))))
          (then
            (local.set $look
              (call $find
                (local.get $packet)
                (i32.load (i32.add (local.get $captured) (local.get $word)))
                (i32.load16_u
                  (i32.add (local.get $interfaces) (i32.shl (local.get $i) (i32.const 1))))))))
        (if (local.get $look)
          (then
            (if (call $isRight (local.get $look) (local.get $packet))
              (then
                (call $tell (local.get $results) (local.get $look) (local.get $packet))
                (local.set $found (i32.add (local.get $found) (i32.const 1))))
              (else (i32.store (local.get $results) (i32.const 0)))))
          (else (i32.store (local.get $results) (i32.const 0))))
        (local.set $results (i32.add (local.get $results) (i32.const 20)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $packets)))
    (local.get $found)))
