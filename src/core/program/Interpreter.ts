import type { Architecture } from "./Syscall.js"

/*
 * The machine code that walks a program's records. It is the only code that runs between fork and execve, and it knows
 * nothing of containers: all of that is in the records. See Assemble.ts for the layout that it expects:
 *
 *   state area at 0x600240:  +0 report fd (u32)  +4 number of records (u32)  +8 report: kind, step, value (16 bytes)
 *                            +24 discarded results  +32 six resolved arguments (x86-64)
 *   records from 0x6002a0, 96 bytes each:
 *                            +0 number  +4 bits of arguments that are addresses of values  +5 kind: 0 syscall,
 *                            1 subtract, 2 decode, 3 fail  +8 six arguments  +56 where the result goes
 *                            +64 eight tolerated errors  +72, +76, +80 successors when negative, zero, positive
 *                            +84 index
 */

/** x86-64, 224 bytes. */
const amd64: ReadonlyArray<string> = [
  // _start: rbx is the current record; the first one follows the state area
  "bb a0 02 60 00", // mov ebx, 0x6002a0
  // step: resolve the six arguments into the state area
  "44 8b 6b 04", // mov r13d, [rbx+0x4]
  "bd 60 02 60 00", // mov ebp, 0x600260
  "31 c9", // xor ecx, ecx
  // argument:
  "48 8b 44 cb 08", // mov rax, [rbx+rcx*8+0x8]
  "41 0f a3 cd", // bt r13d, ecx
  "73 03", // jae immediate
  "48 8b 00", // mov rax, [rax]
  // immediate:
  "48 89 44 cd 00", // mov [rbp+rcx*8], rax
  "ff c1", // inc ecx
  "83 f9 06", // cmp ecx, 0x6
  "72 e6", // jb argument
  "48 8b 7d 00", // mov rdi, [rbp]
  "48 8b 75 08", // mov rsi, [rbp+0x8]
  "48 8b 55 10", // mov rdx, [rbp+0x10]
  "4c 8b 55 18", // mov r10, [rbp+0x18]
  "4c 8b 45 20", // mov r8, [rbp+0x20]
  "4c 8b 4d 28", // mov r9, [rbp+0x28]
  "0f b6 43 05", // movzx eax, byte [rbx+0x5]
  "3c 02", // cmp al, 0x2
  "77 0c", // ja fail_op
  "74 17", // je decode
  "84 c0", // test al, al
  "75 0b", // jne subtract
  "8b 03", // mov eax, [rbx]
  "0f 05", // syscall
  "eb 1f", // jmp store
  // fail_op: Fail: its value is the error
  "48 89 f8", // mov rax, rdi
  "eb 4f", // jmp fail
  // subtract: Subtract: left - right
  "48 89 f8", // mov rax, rdi
  "48 29 f0", // sub rax, rsi
  "eb 12", // jmp store
  // decode: DecodeWaitStatus: bits 0-6 are the signal, 8-15 the exit code
  "8b 07", // mov eax, [rdi]
  "89 c1", // mov ecx, eax
  "83 e1 7f", // and ecx, 0x7f
  "0f b6 c4", // movzx eax, ah
  "74 06", // je store
  "8d 81 80 00 00 00", // lea eax, [rcx+0x80]
  // store: keep the result, then choose the successor by its sign
  "48 8b 4b 38", // mov rcx, [rbx+0x38]
  "48 89 01", // mov [rcx], rax
  "48 85 c0", // test rax, rax
  "78 12", // js negative
  "74 08", // je zero
  "8b 5b 50", // mov ebx, [rbx+0x50]
  "e9 7a ff ff ff", // jmp step
  // zero:
  "8b 5b 4c", // mov ebx, [rbx+0x4c]
  "e9 72 ff ff ff", // jmp step
  // negative: an error: is its number among the eight tolerated bytes? 255 stands for any
  "48 8b 53 40", // mov rdx, [rbx+0x40]
  "89 c1", // mov ecx, eax
  "f7 d9", // neg ecx
  // tolerated:
  "80 fa ff", // cmp dl, 0xff
  "74 38", // je goon
  "38 ca", // cmp dl, cl
  "74 34", // je goon
  "48 c1 ea 08", // shr rdx, 0x8
  "75 f1", // jne tolerated
  // fail: report this record and the error, then exit 125
  "be 48 02 60 00", // mov esi, 0x600248
  "48 89 46 08", // mov [rsi+0x8], rax
  "8b 43 54", // mov eax, [rbx+0x54]
  "89 46 04", // mov [rsi+0x4], eax
  "8b 3c 25 40 02 60 00", // mov edi, 0x600240
  "ba 10 00 00 00", // mov edx, 0x10
  "b8 01 00 00 00", // mov eax, 0x1
  "0f 05", // syscall
  "bf 7d 00 00 00", // mov edi, 0x7d
  "b8 e7 00 00 00", // mov eax, 0xe7
  "0f 05", // syscall
  // goon: go on after a tolerated error
  "8b 5b 48", // mov ebx, [rbx+0x48]
  "e9 25 ff ff ff" // jmp step
]

/** arm64, 252 bytes. */
const arm64: ReadonlyArray<string> = [
  // _start: x19 is the current record; the first one follows the state area
  "13 0c a0 d2", // mov x19, #0x600000
  "13 54 80 f2", // movk x19, #0x2a0
  // step: load the six arguments; a set bit says that it is the address of the value
  "74 06 40 b9", // ldr w20, [x19, #4]
  "60 86 40 a9", // ldp x0, x1, [x19, #8]
  "62 8e 41 a9", // ldp x2, x3, [x19, #24]
  "64 96 42 a9", // ldp x4, x5, [x19, #40]
  "54 00 00 36", // tbz w20, #0, a1
  "00 00 40 f9", // ldr x0, [x0]
  // a1:
  "54 00 08 36", // tbz w20, #1, a2
  "21 00 40 f9", // ldr x1, [x1]
  // a2:
  "54 00 10 36", // tbz w20, #2, a3
  "42 00 40 f9", // ldr x2, [x2]
  // a3:
  "54 00 18 36", // tbz w20, #3, a4
  "63 00 40 f9", // ldr x3, [x3]
  // a4:
  "54 00 20 36", // tbz w20, #4, a5
  "84 00 40 f9", // ldr x4, [x4]
  // a5:
  "54 00 28 36", // tbz w20, #5, a6
  "a5 00 40 f9", // ldr x5, [x5]
  // a6: what kind of record is it?
  "69 16 40 39", // ldrb w9, [x19, #5]
  "3f 09 00 71", // cmp w9, #0x2
  "e8 03 00 54", // b.hi fail
  "e0 00 00 54", // b.eq decode
  "89 00 00 35", // cbnz w9, subtract
  "68 02 40 b9", // ldr w8, [x19]
  "01 00 00 d4", // svc #0x0
  "08 00 00 14", // b store
  // subtract: Subtract: left - right
  "00 00 01 cb", // sub x0, x0, x1
  "06 00 00 14", // b store
  // decode: DecodeWaitStatus: bits 0-6 are the signal, 8-15 the exit code
  "01 00 40 b9", // ldr w1, [x0]
  "20 3c 08 53", // ubfx w0, w1, #8, #8
  "21 18 00 72", // ands w1, w1, #0x7f
  "40 00 00 54", // b.eq store
  "20 00 02 11", // add w0, w1, #0x80
  // store: keep the result, then choose the successor by its sign
  "69 1e 40 f9", // ldr x9, [x19, #56]
  "20 01 00 f9", // str x0, [x9]
  "c0 00 f8 b7", // tbnz x0, #63, negative
  "6a 4e 40 b9", // ldr w10, [x19, #76]
  "40 00 00 b4", // cbz x0, go
  "6a 52 40 b9", // ldr w10, [x19, #80]
  // go: x10 is the next record
  "f3 03 0a aa", // mov x19, x10
  "da ff ff 17", // b step
  // negative: an error: is its number among the eight tolerated bytes? 255 stands for any
  "6a 4a 40 b9", // ldr w10, [x19, #72]
  "69 22 40 f9", // ldr x9, [x19, #64]
  "eb 03 00 4b", // neg w11, w0
  // tolerated:
  "2c 1d 00 12", // and w12, w9, #0xff
  "9f fd 03 71", // cmp w12, #0xff
  "20 ff ff 54", // b.eq go
  "9f 01 0b 6b", // cmp w12, w11
  "e0 fe ff 54", // b.eq go
  "29 fd 48 d3", // lsr x9, x9, #8
  "49 ff ff b5", // cbnz x9, tolerated
  // fail: report this record and the error, then exit 125
  "01 0c a0 d2", // mov x1, #0x600000
  "01 49 80 f2", // movk x1, #0x248
  "69 56 40 b9", // ldr w9, [x19, #84]
  "29 04 00 b9", // str w9, [x1, #4]
  "20 04 00 f9", // str x0, [x1, #8]
  "20 80 5f b8", // ldur w0, [x1, #-8]
  "02 02 80 d2", // mov x2, #0x10
  "08 08 80 d2", // mov x8, #0x40
  "01 00 00 d4", // svc #0x0
  "a0 0f 80 d2", // mov x0, #0x7d
  "c8 0b 80 d2", // mov x8, #0x5e
  "01 00 00 d4" // svc #0x0
]

const parse = (lines: ReadonlyArray<string>): Uint8Array =>
  Uint8Array.from(lines.flatMap((line) => line.split(" ")).map((byte) => Number.parseInt(byte, 16)))

/** The interpreter of a machine; position-dependent, for the addresses above. */
export const machineCode = (architecture: Architecture): Uint8Array =>
  parse(architecture === "amd64" ? amd64 : arm64)
