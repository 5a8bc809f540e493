/* Exits 0 where AMX instructions may be used. Some virtual machines report them and stop a program that uses them. */
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((target("amx-tile,amx-int8"))) int main(void) {
    if (syscall(SYS_arch_prctl, 0x1023 /* ARCH_REQ_XCOMP_PERM */, 18 /* tile data */)) return 1;
    unsigned char shape[64] __attribute__((aligned(64))) = {1};
    for (int tile = 0; tile < 3; tile++) {
        shape[16 + 2 * tile] = 64;
        shape[48 + tile] = 16;
    }
    _tile_loadconfig(shape);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_dpbssd(0, 1, 2);
    _tile_release();
    return 0;
}
