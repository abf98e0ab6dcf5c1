// An engine that refuses foreign memory, as those with a memory cage (Electron) do: preloaded into Node, it answers the
// addon's look-up of `napi_create_external_arraybuffer` with a function that only ever refuses, and says so on stderr.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

enum { napi_no_external_buffers_allowed = 22 };

static int refuse(void *env, void *data, size_t len, void *finalize, void *hint, void **result) {
    (void)env, (void)data, (void)len, (void)finalize, (void)hint, (void)result;
    return write(STDERR_FILENO, "refused\n", 8) == 8 ? napi_no_external_buffers_allowed : 1;
}

// Whoever looks a symbol up by name comes here first.
void *dlsym(void *handle, const char *name) {
    static void *(*real)(void *, const char *);
    if (real == NULL) {
        real = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
        if (real == NULL) real = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
        if (real == NULL) real = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.17");
    }
    return strcmp(name, "napi_create_external_arraybuffer") == 0 ? (void *)refuse : real(handle, name);
}
