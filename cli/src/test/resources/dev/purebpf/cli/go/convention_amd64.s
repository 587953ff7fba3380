#include "textflag.h"
TEXT ·assembled(SB), NOSPLIT, $0-24
    MOVLQSX a+0(FP), AX
    MOVQ b+8(FP), R14
    ADDQ R14, AX
    MOVQ AX, ret+16(FP)
    RET
