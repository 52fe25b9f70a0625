/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead new: the files of starter/, with the project's name and the place of this tree filled in. */
#include "compiler/command.h"
#include "compiler/embed.h"
#include "compiler/output.h"
#include "language/names.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_PATH_MAX 4096
#define BUILT_UNKNOWN "/path/to/bulkhead/build"

EMBED(new_policy, "policy/compiler/starter/starter.policy");
EMBED(new_sensor, "policy/compiler/starter/sensor.c");
EMBED(new_panel, "policy/compiler/starter/panel.c");
EMBED(new_makefile, "policy/compiler/starter/Makefile");
EMBED(new_readme, "policy/compiler/starter/README.md");
EMBED(new_platform, "policy/platforms/qemu-q35-svm.platform");

struct replacement { const char *mark, *text; };

/* Text with each mark replaced. */
static struct text fill_in(struct arena *a, const char *from, const struct replacement *all, size_t count)
{
    struct text out = { .arena = a };
    while (*from != '\0') {
        size_t plain = strcspn(from, "@"), i = 0;
        text_add(&out, "%.*s", (int)plain, from);
        from += plain;
        while (i < count && strncmp(from, all[i].mark, strlen(all[i].mark)) != 0) i++;
        if (i < count)
            text_add(&out, "%s", all[i].text);
        else if (*from != '\0')
            text_add(&out, "%c", *from);
        from += i < count ? strlen(all[i].mark) : *from != '\0';
    }
    return out;
}

/* The folder above this program's, if that can stand in a Makefile as it is. */
static const char *program_folder(struct arena *a)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-/";
    char path[NEW_PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return BUILT_UNKNOWN;
    path[length] = '\0';
    for (unsigned i = 0; i < 2; i++) {
        char *slash = strrchr(path, '/');
        if (slash == NULL || slash == path) return BUILT_UNKNOWN;
        *slash = '\0';
    }
    return strspn(path, good) == strlen(path) ? arena_copy_text(a, path, strlen(path)) : BUILT_UNKNOWN;
}

/* The name becomes that of a system, of a C header and of files. */
static bool name_is_good(struct arena *a, const char *name)
{
    struct policy p = { .arena = a, .sources.arena = a, .diag.arena = a, .system = { name, PLACE_NOWHERE } };
    p.diag.sources = &p.sources;
    bool good = isalpha((unsigned char)name[0]) != 0;
    for (const char *c = name; *c != '\0'; c++) good &= isalnum((unsigned char)*c) || *c == '_';
    if (!good) diag_complain("a project's name has letters, digits and underscores, and begins with a letter");
    if (!good) return false;
    names_check_system(&p, IMAGE_NAME - 1);
    if (p.diag.errors == 0) return true;
    diag_print(&p.diag, stderr);
    return false;
}

int command_new(struct arena *a, const struct options *o)
{
    const char *name = o->words[0];
    struct output out = { .arena = a };
    if (!name_is_good(a, name)) return EXIT_USAGE;
    const struct replacement marks[] = { { "@NAME@", name }, { "@BUILT@", program_folder(a) } };
    const struct { const char *path, *text; } files[] = {
        { arena_print(a, "%s/%s.policy", name, name), new_policy },
        { arena_print(a, "%s/sensor.c", name), new_sensor },
        { arena_print(a, "%s/panel.c", name), new_panel },
        { arena_print(a, "%s/Makefile", name), new_makefile },
        { arena_print(a, "%s/README.md", name), new_readme },
        { arena_print(a, "%s/qemu-q35-svm.platform", name), new_platform },
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct text text = fill_in(a, files[i].text, marks, sizeof marks / sizeof marks[0]);
        output_add(&out, files[i].path, text.bytes, text.size);
    }
    if (mkdir(name, 0777) != 0) {                     /* what is there already is nobody's to overwrite */
        diag_complain("cannot make the folder %s: %s", name, strerror(errno));
        return EXIT_USAGE;
    }
    if (command_write(&out) != EXIT_GOOD) return EXIT_USAGE;
    printf("%s: a policy and two guests. `make -C %s` builds it, `make -C %s boot` runs it in QEMU; see %s/README.md\n", name,
           name, name, name);
    return EXIT_GOOD;
}
