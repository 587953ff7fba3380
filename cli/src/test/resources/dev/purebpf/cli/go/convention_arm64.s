#include "textflag.h"
TEXT ·assembled(SB), NOSPLIT, $0-24
    MOVW a+0(FP), R0
    MOVD b+8(FP), R1
    ADD R1, R0
    MOVD R0, ret+16(FP)
    RET
