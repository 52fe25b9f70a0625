; SPDX-License-Identifier: Apache-2.0
; The facts of bits.h, below_spec.h and rules_spec.h, right_negative of arithmetic.h, what flow_spec.h says of labels and value_spec.h of ranges,
; for words of 64 bits. Each block asks for a counterexample.
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

; in_range: a is the word, h the least and n the greatest number, u the bits unused. Numbers that fit into 64 - u bits are in the
; range if and only if the word is, shifted as it is: without a sign, then with one.
(declare-const u (_ BitVec 64))
(define-fun lifted ((x (_ BitVec 64))) (_ BitVec 64) (bvshl x u))
(define-fun within () Bool (bvule (bvsub (lifted a) (lifted h)) (lifted (bvsub n h))))
(push)
(assert (bvule u #x0000000000000038))
(assert (= (bvand u #x0000000000000007) zero))
(push)
(assert (and (= (bvlshr (lifted a) u) a) (= (bvlshr (lifted h) u) h) (= (bvlshr (lifted n) u) n) (bvule h n)))
(assert (distinct within (and (bvule h a) (bvule a n))))
(check-sat)
(pop)
(push)
(assert (and (= (bvashr (lifted a) u) a) (= (bvashr (lifted h) u) h) (= (bvashr (lifted n) u) n) (bvsle h n)))
(assert (distinct within (and (bvsle h a) (bvsle a n))))
(check-sat)
(pop)
(pop)

; whole_quadwords of mediate_spec.h
(push)
(assert (bvule n #x00000000ffffffff))
(assert (distinct (bvand n #x00000000fffffff8) (bvsub n (bvurem n #x0000000000000008))))
(check-sat)
(pop)

; neither_flag of rules_spec.h
(push)
(assert (= (bvand a #x0000000000000003) zero))
(assert (not (and (= (bvand a one) zero) (= (bvand a #x0000000000000002) zero))))
(check-sat)
(pop)
