;; The part that repeated-pings.wat and repeats.wat have in common: a packet's look found, and bytes summed.
;;
;; Packets that are as long, and of which the same bytes are compared, have a shape; those of a shape whose compared bytes are the same
;; have a look. Shapes are in lists by the lower 8 bits of their length, from $LENGTHS on; looks by the hash of what is compared, from $BUCKETS on,
;; with $BUCKET_SHIFT bits of the hash left out. $FACTORS are the hash's, 16 vectors; $TAILS has for 0 to 15 bytes a vector that keeps so many.
;;
;; A shape begins with: the next one, the packet's length, how many bytes are compared (whole vectors). Masks at 64 say which of them count.
;; A look begins with: the next one, its shape, its interface. At 64 are the bytes, masked.
;;
;; Another thread may add shapes and looks meanwhile: each is whole before its list leads to it, and lists are entered atomically.
;; Words are summed in little-endian order, which ones' complement doesn't mind (RFC 1071).

  ;; Carries added in, twice.
  (func $folded (param $sum i32) (result i32)
    (local.set $sum (i32.add (i32.and (local.get $sum) (i32.const 0xffff)) (i32.shr_u (local.get $sum) (i32.const 16))))
    (i32.add (i32.and (local.get $sum) (i32.const 0xffff)) (i32.shr_u (local.get $sum) (i32.const 16))))

  (func $added (param $lanes v128) (result i32)
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $lanes)) (i32x4.extract_lane 1 (local.get $lanes)))
      (i32.add (i32x4.extract_lane 2 (local.get $lanes)) (i32x4.extract_lane 3 (local.get $lanes)))))

  ;; Where the bucket is that a packet's look is in, if the packet is of that shape.
  (func $bucket (export "bucket") (param $packet i32) (param $shape i32) (param $interface i32) (result i32)
    (local $at i32) (local $end i32) (local $lanes v128)
    (local.set $end (i32.load offset=8 (local.get $shape)))
    (loop $vectors
      (local.set $lanes
        (i32x4.add
          (local.get $lanes)
          (i32x4.mul
            (v128.and
              (v128.load (i32.add (local.get $packet) (local.get $at)))
              (v128.load offset=64 (i32.add (local.get $shape) (local.get $at))))
            (v128.load (i32.add (global.get $FACTORS) (local.get $at))))))
      (br_if $vectors
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
    (i32.add
      (global.get $BUCKETS)
      (i32.shl
        (i32.shr_u
          (i32.add
            (call $added (local.get $lanes))
            (i32.mul (local.get $interface) (i32.const 0x9e3779b1)))
          (global.get $BUCKET_SHIFT))
        (i32.const 2))))

  ;; The look that the packet has, going by the bytes that are compared; 0: none.
  (func $find (export "find") (param $packet i32) (param $length i32) (param $interface i32) (result i32)
    (local $shape i32) (local $look i32) (local $at i32) (local $end i32) (local $lanes v128)
    (local.set $shape
      (i32.atomic.load
        (i32.add (global.get $LENGTHS) (i32.shl (i32.and (local.get $length) (i32.const 255)) (i32.const 2)))))
    (block $none
      (loop $shapes
        (br_if $none (i32.eqz (local.get $shape)))
        (if (i32.eq (i32.load offset=4 (local.get $shape)) (local.get $length))
          (then
            (local.set $end (i32.load offset=8 (local.get $shape)))
            (local.set $look
              (i32.atomic.load (call $bucket (local.get $packet) (local.get $shape) (local.get $interface))))
            (block $otherShape
              (loop $looks
                (br_if $otherShape (i32.eqz (local.get $look)))
                (if
                  (i32.and
                    (i32.eq (i32.load offset=4 (local.get $look)) (local.get $shape))
                    (i32.eq (i32.load offset=8 (local.get $look)) (local.get $interface)))
                  (then
                    (local.set $at (i32.const 0))
                    (local.set $lanes (i32x4.splat (i32.const 0)))
                    (loop $compare
                      (local.set $lanes
                        (v128.or
                          (local.get $lanes)
                          (v128.xor
                            (v128.and
                              (v128.load (i32.add (local.get $packet) (local.get $at)))
                              (v128.load offset=64 (i32.add (local.get $shape) (local.get $at))))
                            (v128.load offset=64 (i32.add (local.get $look) (local.get $at))))))
                      (br_if $compare
                        (i32.lt_u
                          (local.tee $at (i32.add (local.get $at) (i32.const 16)))
                          (local.get $end))))
                    (if (i32.eqz (v128.any_true (local.get $lanes)))
                      (then (return (local.get $look))))))
                (local.set $look (i32.load (local.get $look)))
                (br $looks)))))
        (local.set $shape (i32.load (local.get $shape)))
        (br $shapes)))
    (i32.const 0))

  ;; The sum of the 16-bit words from one address to another, an odd last byte padded with zero.
  (func $sum (param $at i32) (param $end i32) (result i32)
    (local $lanes v128) (local $last i32)
    (local.set $last (i32.sub (local.get $end) (i32.const 16)))
    (block $done
      (loop $vectors
        (br_if $done (i32.gt_u (local.get $at) (local.get $last)))
        (local.set $lanes
          (i32x4.add (local.get $lanes) (i32x4.extadd_pairwise_i16x8_u (v128.load (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $vectors)))
    (call $added
      (i32x4.add
        (local.get $lanes)
        (i32x4.extadd_pairwise_i16x8_u
          (v128.and
            (v128.load (local.get $at))
            (v128.load
              (i32.add
                (global.get $TAILS)
                (i32.shl (i32.sub (local.get $end) (local.get $at)) (i32.const 4)))))))))
