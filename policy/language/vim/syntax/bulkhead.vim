" SPDX-License-Identifier: Apache-2.0
" Bulkhead policies and platform files. To use: add policy/language/vim to 'runtimepath', or copy both folders into ~/.vim.
if exists("b:current_syntax")
    finish
endif

" What a statement begins with.
syntax keyword bulkheadStatement system authority part platform unit const enum type labels label external subject plan channel
syntax keyword bulkheadStatement categories integrity
syntax keyword bulkheadStatement allow restrict protocol pipeline never limit always audit measure sample test trust retired
syntax keyword bulkheadStatement privilege order role exclusive only threat

" Words within statements.
syntax keyword bulkheadWord version by may box union case zero where in to on at of with for from after keep keeps it reset when
syntax keyword bulkheadWord restart restarts give window except via ring backpressure same code rate burst per req countered
syntax keyword bulkheadWord downgrade mediated direct acknowledged endorse depth slots length
syntax keyword bulkheadWord full drop newest feedback notify each shared image memory colours verified serial params reads fault
syntax keyword bulkheadWord interrupt violation inject monitors then stop halt
syntax keyword bulkheadWord major cpu dedicated idle class reserve block count kernel record payload bank pcr rollback rule
syntax keyword bulkheadWord required optional none sends little big key signers capacity latency reason
syntax keyword bulkheadWord switch uses times first until before alternate each
syntax keyword bulkheadWord ram trampoline power_off port value cache ways io_apic line apic cpuid hides subleaf is
syntax keyword bulkheadVerdict expect allow deny contained
syntax match bulkheadExpect "\<expect\s\+\%(allow\|deny\)\>" contains=bulkheadVerdict
syntax keyword bulkheadOperator and or not implies
syntax keyword bulkheadType u8 u16 u32 u64 i8 i16 i32 i64 char
syntax keyword bulkheadUnit B KiB MiB GiB us ms s min bit kbit Mbit

syntax match bulkheadNumber "\<\%(0[xX][0-9a-fA-F_]\+\|[0-9][0-9_]*\%(\.[0-9_]\+\)\?\)\>"
syntax match bulkheadArrow "->\|\.\.\|[=!<>]=\|<\|>"
syntax region bulkheadString start=+"+ end=+"+ oneline
syntax match bulkheadString "'[ -~]'"
syntax match bulkheadComment "#.*$" contains=@Spell

highlight default link bulkheadStatement Statement
highlight default link bulkheadWord Keyword
highlight default link bulkheadExpect Special
highlight default link bulkheadVerdict Special
highlight default link bulkheadOperator Operator
highlight default link bulkheadType Type
highlight default link bulkheadUnit Constant
highlight default link bulkheadNumber Number
highlight default link bulkheadArrow Operator
highlight default link bulkheadString String
highlight default link bulkheadComment Comment

setlocal commentstring=#\ %s
let b:current_syntax = "bulkhead"
