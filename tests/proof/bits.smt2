; SPDX-License-Identifier: Apache-2.0
; The facts of bits.h and below_spec.h, right_negative of arithmetic.h and what flow_spec.h says of labels, for words of
; 64 bits. Each block asks for a counterexample.
(set-logic QF_BV)
(declare-const a (_ BitVec 64))
(declare-const h (_ BitVec 64))
(declare-const n (_ BitVec 64))
(define-fun zero () (_ BitVec 64) #x0000000000000000)
(define-fun one () (_ BitVec 64) #x0000000000000001)

; or_zero
(push)
(assert (not (= (= (bvor a n) zero) (and (= a zero) (= n zero)))))
(check-sat)
(pop)

; all_set
(push)
(assert (distinct (bvand a (bvneg one)) a))
(check-sat)
(pop)

; either_swap, either_join
(push)
(assert (not (and (= (bvor a h) (bvor h a)) (= (bvor a (bvor h n)) (bvor (bvor a h) n)))))
(check-sat)
(pop)

; bit_set
(push)
(assert (not (=> (and (bvult n #x0000000000000040) (distinct (bvand (bvlshr a n) one) zero)) (distinct a zero))))
(check-sat)
(pop)

; between
(push)
(assert (not (= (= (bvand a h) (bvor a n)) (and (= (bvand a h) a) (= (bvor a n) a)))))
(check-sat)
(pop)

; word_state: a is the state, h the register, n the time
(push)
(assert (bvult a #x0000000000000100))
(assert (bvult h #x0000000000010000))
(assert (distinct a (bvlshr (bvor (bvor (bvshl a #x0000000000000038) (bvshl h #x0000000000000028))
  (bvand (bvlshr n #x0000000000000014) #x000000ffffffffff)) #x0000000000000038)))
(check-sat)
(pop)

; right_negative
(push)
(assert (bvslt a zero))
(assert (bvult n #x0000000000000040))
(assert (distinct (bvashr a n) (bvsub (bvneg one) (bvashr (bvsub (bvneg one) a) n))))
(check-sat)
(pop)
