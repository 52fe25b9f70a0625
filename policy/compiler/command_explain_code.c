/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead explain-code: sections of policy/language/diagnostics.md, "## BH0123 title" and what follows. */
#include "compiler/command.h"
#include "compiler/embed.h"

#include <ctype.h>
#include <string.h>

EMBED(diagnostics_text, "policy/language/diagnostics.md");

#define HEADING "\n## BH"

static const char *next_section(const char *from)
{
    const char *at = strstr(from, HEADING);
    return at != NULL ? at + strlen("\n## ") : NULL;
}

static int line_length(const char *text)
{
    return (int)strcspn(text, "\n");
}

/* BH0123, bh123 and 123 are the same code; 0 is none. */
static unsigned code_number(const char *word)
{
    unsigned number = 0;
    if (tolower((unsigned char)word[0]) == 'b' && tolower((unsigned char)word[1]) == 'h') word += 2;
    size_t digits = strspn(word, "0123456789");
    if (digits == 0 || digits > 4 || word[digits] != '\0') return 0;
    for (; *word != '\0'; word++) number = number * 10 + (unsigned)(*word - '0');
    return number;
}

static bool print_section(const char *word)
{
    char heading[16];
    unsigned number = code_number(word);
    snprintf(heading, sizeof heading, "BH%04u ", number);
    for (const char *at = next_section(diagnostics_text); at != NULL && number != 0; at = next_section(at)) {
        if (strncmp(at, heading, strlen(heading)) != 0) continue;
        const char *end = strstr(at, HEADING);
        size_t size = end != NULL ? (size_t)(end - at) : strlen(at);
        printf("%.*s\n", (int)size, at);
        return true;
    }
    diag_complain("there is no diagnostic `%s`; bulkhead explain-code --list shows them all", word);
    return false;
}

int command_explain_code(struct arena *a, const struct options *o)
{
    bool good = true;
    (void)a;
    if (o->value[OPTION_LIST] == NULL && o->word_count == 0) {
        diag_complain("explain-code wants a code, such as BH0604, or --list");
        return EXIT_USAGE;
    }
    for (const char *at = next_section(diagnostics_text); at != NULL && o->value[OPTION_LIST] != NULL; at = next_section(at))
        printf("%.*s\n", line_length(at), at);
    for (unsigned i = 0; i < o->word_count; i++) good &= print_section(o->words[i]);
    return good ? EXIT_GOOD : EXIT_USAGE;
}
