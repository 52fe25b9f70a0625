; SPDX-License-Identifier: Apache-2.0
; The facts of ring_spec.h: of places for words of 64 bits, of products for integers. Each block asks for a counterexample.
(declare-const a (_ BitVec 64))
(declare-const m (_ BitVec 64))
(declare-const i Int)
(declare-const k Int)
(declare-const s Int)
(define-fun bits () (_ BitVec 64) #x000000000000001a)
(define-fun place ((x (_ BitVec 64))) (_ BitVec 64) (bvand (bvlshr x bits) m))
(define-fun one () (_ BitVec 64) #x0000000000000001)
(define-fun zero () (_ BitVec 64) #x0000000000000000)
(define-fun kind () (_ BitVec 64) #x0000000004000000)
; is_slots: a power of two, at most 32768, of m + 1
(define-fun slots () Bool (and (bvult m #x0000000000008000) (= (bvand m (bvadd m one)) zero)))

; slots_most
(push)
(assert slots)
(assert (not (and (bvuge (bvadd m one) one) (bvule (bvadd m one) #x0000000000008000))))
(check-sat)
(pop)

; slots_twice: of twice as many
(push)
(assert slots)
(assert (bvult (bvadd m one) #x0000000000008000))
(define-fun more () (_ BitVec 64) (bvsub (bvmul #x0000000000000002 (bvadd m one)) one))
(assert (not (and (bvult more #x0000000000008000) (= (bvand more (bvadd more one)) zero))))
(check-sat)
(pop)

; place_within
(push)
(assert slots)
(assert (not (bvult (place a) (bvadd m one))))
(check-sat)
(pop)

; place_next
(push)
(assert slots)
(assert (distinct (place (bvadd a kind)) (ite (= (place a) m) zero (bvadd (place a) one))))
(check-sat)
(pop)

; number_whole
(push)
(define-fun number () (_ BitVec 64) (bvand a #xfffffffffc000000))
(assert (not (and (bvule number a) (= (bvurem number kind) zero))))
(check-sat)
(pop)

; below_32
(push)
(assert (bvugt (bvand a #x000000000000001f) #x000000000000001f))
(check-sat)
(pop)

; times_none, times_one, times_eight
(push)
(assert (not (and (= (* 0 s) 0) (= (* 1 s) s) (= (* i 8) (* 8 i)))))
(check-sat)
(pop)

; times_next, sum_made
(push)
(assert (not (and (= (* (+ i 1) s) (+ (* i s) s)) (= (* (+ i k) s) (+ (* i s) (* k s))))))
(check-sat)
(pop)

; times_most
(push)
(assert (and (<= 0 i k) (<= 0 s)))
(assert (not (<= 0 (* i s) (* k s))))
(check-sat)
(pop)

; times_bound
(push)
(assert (and (<= 0 i 32768) (<= 0 s 8200)))
(assert (not (<= 0 (* i s) 268697600)))
(check-sat)
(pop)

; area_within of mediate_spec.h
(push)
(assert (and (<= 0 i) (< i k) (<= 0 s)))
(assert (not (and (<= 0 (* i s)) (<= (+ (* i s) s) (* k s)))))
(check-sat)
(pop)

; times_same
(push)
(assert (and (< 0 s) (= (* i s) (* k s)) (distinct i k)))
(check-sat)
(pop)
