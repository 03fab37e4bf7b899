/* Lets calls fail that write to files below one directory, as a broken or a full disk does.
 * Preloaded into the server by tests/src/faults/disk.rs, which also says what the fields mean. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WRITES = 1, SYNCS = 2 };

struct control {
    _Atomic uint32_t calls;
    _Atomic int32_t error;
    _Atomic int32_t remaining;
    _Atomic uint32_t failures;
};

static struct control *control;
static const char *directory;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("FAULTY_DISK_CONTROL");
    directory = getenv("FAULTY_DISK_DIRECTORY");
    if (!path || !directory) return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) abort();
    void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) abort();
    control = mapped;
    close(fd);
}

static int fails(int fd, uint32_t call) {
    if (!control || !(control->calls & call)) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (strncmp(path, directory, strlen(directory))) return 0;
    int32_t remaining = control->remaining;
    while (remaining >= 0) {
        if (remaining == 0) return 0;
        if (atomic_compare_exchange_weak(&control->remaining, &remaining, remaining - 1)) break;
    }
    control->failures++;
    errno = control->error;
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    return fails(fd, WRITES) ? -1 : syscall(SYS_write, fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    return fails(fd, WRITES) ? -1 : syscall(SYS_pwrite64, fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    return fails(fd, WRITES) ? -1 : syscall(SYS_pwrite64, fd, bytes, count, offset);
}

int fsync(int fd) {
    return fails(fd, SYNCS) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    return fails(fd, SYNCS) ? -1 : (int)syscall(SYS_fdatasync, fd);
}
