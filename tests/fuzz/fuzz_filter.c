// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fuzz_filter.c - any text is a filter or an error with a place in it
 *
 * What is a filter is explained in words that mean the same, makes a program
 * that the kernel takes, and selects the same sockets with it and without.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bc.h"
#include "expr.h"
#include "filter/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SOCKETS 16

/* Loud even where assert() is compiled out. */
#define MUST(truth)                                                        \
	do {                                                               \
		if (!(truth)) {                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#truth);                                   \
			abort();                                           \
		}                                                          \
	} while (0)

static struct tm_iface iface[] = { { "eth0", 1 }, { "lo", 0 } };
static struct tm_netns netns = {
	.name = (char *)"self",
	.facts = { .known = true,
		   .iface = iface,
		   .iface_count = 2,
		   .port_low = 32768,
		   .port_high = 60999 },
};
static const struct tcpmem_snapshot snapshot = {
	.netns = &netns,
	.netns_count = 1,
};

static char *first_line(char *explained)
{
	explained[strcspn(explained, "\n")] = '\0';
	return explained + strlen("filter: ");
}

/* A newline in a name would end the line early. */
static void check_words(const struct tcpmem_filter *filter)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *again;
	char *explained, *explained_again, *words;

	MUST(tcpmem_filter_explain(filter, &explained) == 0);
	if (memchr(filter->strings, '\n', filter->strings_len)) {
		free(explained);
		return;
	}
	words = first_line(explained);
	/* In words it may be too long, or in one more parenthesis. */
	if (tm_filter_parse(words, &expr_names, &error, &again) < 0) {
		MUST(strlen(words) > TM_FILTER_TEXT_MAX ||
		     strncmp(error.expected, "no more than", 12) == 0);
		free(explained);
		return;
	}
	MUST(tcpmem_filter_explain(again, &explained_again) == 0);
	MUST(strcmp(words, first_line(explained_again)) == 0);
	tcpmem_filter_free(again);
	free(explained_again);
	free(explained);
}

static void check_sockets(const struct tcpmem_filter *filter,
			  struct expr_rng *rng)
{
	struct tm_filter_facts facts = { .snapshot = &snapshot,
					 .netns = &netns,
					 .accounted = true,
					 .attributed = true };
	uint32_t states;
	void *code;
	size_t len;
	bool exact;

	MUST(tm_filter_bytecode(filter, &netns.facts, &states, &code, &len,
				&exact) == 0);
	MUST(!code || bc_audit(code, len, true) == 0);
	/* What bind() was told is the kernel's secret. */
	for (int i = 0; i < SOCKETS; i++) {
		const struct tcpmem_socket sock = expr_socket(rng);
		bool comes = states & 1u << sock.state &&
			     (!code || bc_run(code, len, &sock, false));
		bool selected = tm_filter_eval(filter, &facts, &sock) ==
				TM_FILTER_YES;

		if (filter->types & 1u << TM_FILTER_AUTOBOUND)
			continue;
		MUST(comes || !selected);
		MUST(!exact || comes == selected);
	}
	free(code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct expr_rng rng = { .state = size };
	struct tcpmem_filter *filter;
	char *text = strndup((const char *)data, size);
	int ret;

	if (!text)
		return 0;
	ret = tm_filter_parse(text, &expr_names, &error, &filter);
	if (ret < 0) {
		MUST(ret == -EINVAL && error.expected);
		MUST(error.offset + error.length <= strlen(text));
		MUST(strncmp(error.found, text + error.offset,
			     strlen(error.found)) == 0);
	} else {
		check_words(filter);
		check_sockets(filter, &rng);
		tcpmem_filter_free(filter);
	}
	free(text);
	return 0;
}
