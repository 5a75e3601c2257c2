/* Makes one call to the system fail, the nth of those that touch a folder: once, or from then on.
 *
 *     cc -shared -fPIC -o failing_io.so failing_io.c -ldl
 *     LD_PRELOAD=./failing_io.so python ...
 *
 * Counted are opening, reading, writing, syncing, cutting, renaming and deleting files below the folder, by Python,
 * SQLite and DuckDB alike. Nothing is counted before arm() is called, and nothing in the programs that it starts.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define MOST_FILES 4096

static char folder[4096];
static char watched[MOST_FILES];
static long n_seen, nth;
static int with_error, for_ever;

void arm(const char *below, long fail_at, int error, int from_then_on) {
    strncpy(folder, below, sizeof folder - 1);
    n_seen = 0, nth = fail_at, with_error = error, for_ever = from_then_on;
}

long seen(void) { return n_seen; }

static int fails(void) {
    n_seen++;
    if (nth && (n_seen == nth || (for_ever && n_seen > nth))) {
        errno = with_error;
        return 1;
    }
    return 0;
}

static int below(const char *path) { return folder[0] && path && !strncmp(path, folder, strlen(folder)); }
static int is_watched(int file) { return file >= 0 && file < MOST_FILES && watched[file]; }

static int opened(int file, const char *path) {
    if (file >= 0 && file < MOST_FILES) watched[file] = below(path);
    return file;
}

#define REAL(name, type, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(#name, int, const char *, int, ...); \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        if (below(path) && fails()) return -1; \
        return opened(real(path, flags, mode), path); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int place, const char *path, int flags, ...) { \
        REAL(#name, int, int, const char *, int, ...); \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        if (below(path) && fails()) return -1; \
        return opened(real(place, path, flags, mode), path); \
    }
OPENAT(openat)
OPENAT(openat64)

#define ON_FILE(name, type, parameters, arguments, ...) \
    type name parameters { \
        REAL(#name, type, __VA_ARGS__); \
        if (is_watched(file) && fails()) return -1; \
        return real arguments; \
    }
ON_FILE(read, ssize_t, (int file, void *to, size_t n), (file, to, n), int, void *, size_t)
ON_FILE(write, ssize_t, (int file, const void *from, size_t n), (file, from, n), int, const void *, size_t)
ON_FILE(pread, ssize_t, (int file, void *to, size_t n, off_t at), (file, to, n, at), int, void *, size_t, off_t)
ON_FILE(pread64, ssize_t, (int file, void *to, size_t n, off_t at), (file, to, n, at), int, void *, size_t, off_t)
ON_FILE(pwrite, ssize_t, (int file, const void *from, size_t n, off_t at), (file, from, n, at), int, const void *, size_t, off_t)
ON_FILE(pwrite64, ssize_t, (int file, const void *from, size_t n, off_t at), (file, from, n, at), int, const void *, size_t, off_t)
ON_FILE(fsync, int, (int file), (file), int)
ON_FILE(fdatasync, int, (int file), (file), int)
ON_FILE(ftruncate, int, (int file, off_t n), (file, n), int, off_t)
ON_FILE(ftruncate64, int, (int file, off_t n), (file, n), int, off_t)

#define ON_PATH(name, parameters, arguments, ...) \
    int name parameters { \
        REAL(#name, int, __VA_ARGS__); \
        if (below(path) && fails()) return -1; \
        return real arguments; \
    }
ON_PATH(unlink, (const char *path), (path), const char *)
ON_PATH(rename, (const char *path, const char *to), (path, to), const char *, const char *)
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode), const char *, mode_t)

int close(int file) {
    REAL("close", int, int);
    if (file >= 0 && file < MOST_FILES) watched[file] = 0;
    return real(file);
}
