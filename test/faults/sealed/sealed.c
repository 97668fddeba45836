/*
 * Sealed blocks, inside a guest: no library, so that it is small enough to be typed through a serial port.
 *
 *   sealed write DEVICE VOLUME FIRST COUNT SEQUENCE   writes blocks and has them on disk when it ends with 0
 *   sealed read DEVICE                                prints runs of blocks: FIRST COUNT VOLUME SEQUENCE
 *                                                     VOLUME is `blank` for zeroes, `broken` for all else
 *
 * A block has 1024 words (32 bits, little endian): "SEAL", its number, its sequence number, 5 words with the volume's
 * 20 characters, and then words that follow from these eight (sealed.ts has the same).
 */
typedef unsigned int u32;
typedef unsigned long u64;

enum { WORDS = 1024, HEADER = 8, NAME = 20, SEAL = 0x4c414553 };
enum { READ = 0, WRITE = 1, OPEN = 2, FSYNC = 74, PREAD = 17, PWRITE = 18, EXIT = 60 };

static u32 block[WORDS], good[WORDS];

static long call(long number, long a, long b, long c, long d) {
  long result;
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

static void fill(u32 *words) {
  u32 state = 0x9e3779b9;
  for (int i = 0; i < HEADER; i++) state = (state ^ words[i]) * 0x01000193 + 0x9e3779b9;
  for (int i = HEADER; i < WORDS; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    words[i] = state;
  }
}

static u64 number(const char *text) {
  u64 value = 0;
  while (*text) value = value * 10 + (*text++ - '0');
  return value;
}

static void print(const char *text, int length) { call(WRITE, 1, (long)text, length, 0); }

static void print_number(u64 value) {
  char digits[24];
  int at = 24;
  digits[--at] = ' ';
  do digits[--at] = '0' + value % 10; while (value /= 10);
  print(digits + at, 24 - at);
}

static int write_blocks(int fd, const char *volume, u32 first, u32 count, u32 sequence) {
  for (u32 i = first; i < first + count; i++) {
    block[0] = SEAL;
    block[1] = i;
    block[2] = sequence;
    for (int c = 0; c < NAME; c++) ((char *)(block + 3))[c] = volume[c];
    fill(block);
    if (call(PWRITE, fd, (long)block, sizeof block, (long)i * sizeof block) != sizeof block) return 3;
  }
  return call(FSYNC, fd, 0, 0, 0) == 0 ? 0 : 4;
}

/* 0: blank, 1: sealed, 2: broken */
static u32 judge(u32 at) {
  int blank = 1;
  for (int i = 0; i < WORDS; i++) blank &= block[i] == 0;
  if (blank) return 0;
  for (int i = 0; i < HEADER; i++) good[i] = block[i];
  fill(good);
  int same = block[0] == SEAL && block[1] == at;
  for (int i = HEADER; i < WORDS; i++) same &= block[i] == good[i];
  return same ? 1 : 2;
}

static void print_run(u32 first, u32 count, const u32 *key) {
  if (count == 0) return;
  print_number(first);
  print_number(count);
  if (key[0] == 1) print((const char *)(key + 2), NAME);
  else print(key[0] ? "broken" : "blank", key[0] ? 6 : 5);
  print(" ", 1);
  print_number(key[0] == 1 ? key[1] : 0);
  print("\n", 1);
}

static int read_blocks(int fd) {
  u32 run[HEADER - 1] = {0}, key[HEADER - 1], first = 0, at = 0;
  for (;; at++) {
    long got = call(PREAD, fd, (long)block, sizeof block, (long)at * sizeof block);
    if (got != sizeof block) {
      print_run(first, at - first, run);
      return got == 0 ? 0 : 5;
    }
    key[0] = judge(at);
    for (int i = 1; i < HEADER - 1; i++) key[i] = key[0] == 1 ? block[i + 1] : 0;
    int same = 1;
    for (int i = 0; i < HEADER - 1; i++) same &= key[i] == run[i];
    if (same && at > 0) continue;
    print_run(first, at - first, run);
    first = at;
    for (int i = 0; i < HEADER - 1; i++) run[i] = key[i];
  }
}

__attribute__((used)) static void run(long *stack) {
  long count = stack[0];
  char **arguments = (char **)(stack + 1);
  int status = 2;
  if (count >= 3) {
    int writes = arguments[1][0] == 'w';
    int fd = call(OPEN, (long)arguments[2], writes ? 2 : 0, 0, 0);
    if (fd < 0) status = 1;
    else if (!writes) status = read_blocks(fd);
    else if (count == 7)
      status = write_blocks(fd, arguments[3], number(arguments[4]), number(arguments[5]), number(arguments[6]));
  }
  call(EXIT, status, 0, 0, 0);
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
