;; The packets of a pcap file that a filter takes, for many in one call: what record-selection.ts says.
;;
;; Assembled into record-selection-code.ts by scripts/assemble.mjs. The memory is laid out by the globals: all addresses are bytes.
(module
  (import "selection" "memory" (memory 28))
  ;; Whether the filter takes the packet at an address, of so many captured bytes and of that length on the wire.
  (import "selection" "matches" (func $matches (param i32 i32 i32) (result i32)))

  ;; What walk leaves here: how many packets are taken, the address behind them, and how many were looked at by this call.
  (global $STATE (export "STATE") i32 (i32.const 64))
  ;; Of each packet that is taken, as in a batch.
  (global $START (export "START") i32 (i32.const 1024))
  (global $CAPTURED (export "CAPTURED") i32 (i32.const 66560))
  (global $ORIGINAL (export "ORIGINAL") i32 (i32.const 132096))
  (global $NANOSECONDS (export "NANOSECONDS") i32 (i32.const 197632))
  (global $SECONDS (export "SECONDS") i32 (i32.const 263168))
  (global $OFFSETS (export "OFFSETS") i32 (i32.const 394240))
  ;; Records to walk, and those that were taken, one behind the other; behind both there is room for the last vector.
  (global $IN (export "IN") i32 (i32.const 526336))
  (global $OUT (export "OUT") i32 (i32.const 658432))
  (global $OUT_END i32 (i32.const 1834000))
  (global $MOST i32 (i32.const 16384))

  ;; 16 bytes at a time: up to 15 behind the end are written, too.
  (func $copy (param $to i32) (param $from i32) (param $length i32)
    (local $end i32)
    (if (i32.gt_u (local.get $length) (i32.const 512))
      (then
        (memory.copy (local.get $to) (local.get $from) (local.get $length))
        (return)))
    (local.set $end (i32.add (local.get $to) (local.get $length)))
    (loop $vectors
      (v128.store (local.get $to) (v128.load (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (br_if $vectors
        (i32.lt_u
          (local.tee $to (i32.add (local.get $to) (i32.const 16)))
          (local.get $end)))))

  ;; Walks the records in [at, end), and stops in front of one that is not whole, has no bytes or too many, or for which there is no room.
  ;; count and out: what is taken already. offset: of address 0 in the file. scale: nanoseconds in a unit of the times.
  (func (export "walk")
    (param $at i32) (param $end i32) (param $count i32) (param $out i32) (param $offset f64) (param $limit i32) (param $scale i32)
    (result i32)
    (local $captured i32) (local $original i32) (local $size i32) (local $nanosecond i64) (local $second i64) (local $examined i32)
    (block $done
      (loop $records
        (br_if $done (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 16)))
        (local.set $captured (i32.load offset=8 (local.get $at)))
        (br_if $done (i32.eqz (local.get $captured)))
        (br_if $done (i32.gt_u (local.get $captured) (local.get $limit)))
        (local.set $size (i32.add (local.get $captured) (i32.const 16)))
        (br_if $done (i32.gt_u (local.get $size) (i32.sub (local.get $end) (local.get $at))))
        (br_if $done (i32.gt_u (local.get $size) (i32.sub (global.get $OUT_END) (local.get $out))))
        (br_if $done (i32.ge_u (local.get $count) (global.get $MOST)))
        (local.set $original (i32.load offset=12 (local.get $at)))
        (if (i32.lt_u (local.get $original) (local.get $captured)) (then (local.set $original (local.get $captured))))
        (if (i32.lt_s (local.get $original) (i32.const 0)) (then (local.set $original (i32.const 0x7fffffff))))
        (local.set $examined (i32.add (local.get $examined) (i32.const 1)))
        (if (call $matches (i32.add (local.get $at) (i32.const 16)) (local.get $captured) (local.get $original))
          (then
            (local.set $second (i64.load32_u (local.get $at)))
            (local.set $nanosecond (i64.mul (i64.load32_u offset=4 (local.get $at)) (i64.extend_i32_u (local.get $scale))))
            (if (i64.gt_u (local.get $nanosecond) (i64.const 999999999))
              (then
                (local.set $second (i64.add (local.get $second) (i64.div_u (local.get $nanosecond) (i64.const 1000000000))))
                (local.set $nanosecond (i64.rem_u (local.get $nanosecond) (i64.const 1000000000)))))
            (call $fill
              (local.get $count)
              (i32.add (local.get $out) (i32.const 16))
              (local.get $captured)
              (local.get $original)
              (f64.convert_i64_u (local.get $second))
              (i32.wrap_i64 (local.get $nanosecond))
              (f64.add (local.get $offset) (f64.convert_i32_u (i32.add (local.get $at) (i32.const 16)))))
            (call $copy (local.get $out) (local.get $at) (local.get $size))
            (local.set $out (i32.add (local.get $out) (local.get $size)))
            (local.set $count (i32.add (local.get $count) (i32.const 1)))))
        (local.set $at (i32.add (local.get $at) (local.get $size)))
        (br $records)))
    (i32.store (global.get $STATE) (local.get $count))
    (i32.store offset=4 (global.get $STATE) (local.get $out))
    (i32.store offset=8 (global.get $STATE) (local.get $examined))
    (local.get $at))

  ;; Adds a packet to the lists.
  (func $fill
    (param $index i32) (param $start i32) (param $captured i32) (param $original i32) (param $second f64) (param $nanosecond i32) (param $offset f64)
    (local $four i32) (local $eight i32)
    (local.set $four (i32.shl (local.get $index) (i32.const 2)))
    (local.set $eight (i32.shl (local.get $index) (i32.const 3)))
    (i32.store (i32.add (global.get $START) (local.get $four)) (local.get $start))
    (i32.store (i32.add (global.get $CAPTURED) (local.get $four)) (local.get $captured))
    (i32.store (i32.add (global.get $ORIGINAL) (local.get $four)) (local.get $original))
    (i32.store (i32.add (global.get $NANOSECONDS) (local.get $four)) (local.get $nanosecond))
    (f64.store (i32.add (global.get $SECONDS) (local.get $eight)) (local.get $second))
    (f64.store (i32.add (global.get $OFFSETS) (local.get $eight)) (local.get $offset))))
