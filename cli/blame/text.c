// SPDX-License-Identifier: LGPL-2.1-or-later
/* text.c - chains, for people */
#include "output/text.h"
#include "blame.h"
#include "output/output.h"
#include "output/value.h"

#include <inttypes.h>
#include <string.h>

static void print_name(const struct tcpmem_chain_member *member)
{
	escape_print(stdout, member->name, ESCAPE_TERMINAL);
}

static void print_bytes(const struct options *options, int64_t bytes)
{
	value_print_bytes(stdout, bytes, options->bytes);
}

static bool is_process(const struct tcpmem_chain_member *member)
{
	return member->process;
}

/* "python3[44] reads 0B/s", "10.0.0.9:443 takes 1.0K/s" */
static void print_culprits(const struct options *options,
			   const struct tcpmem_chain *chain)
{
	const struct tcpmem_chain_member *first = chain->member;

	for (size_t i = 0; i < chain->culprit_count; i++) {
		if (i)
			fputs(", ", stdout);
		print_name(&first[i]);
	}
	if (chain->culprit_count > 1) {
		fputs(" wait for each other", stdout);
		return;
	}
	fputs(is_process(first) ? " reads" : " takes", stdout);
	if (first->per_second == TCPMEM_UNKNOWN) {
		fputs(" nothing, as far as is known", stdout);
		return;
	}
	putchar(' ');
	print_bytes(options, first->per_second);
	fputs("/s", stdout);
}

static void print_members(const struct options *options,
			  const struct tcpmem_chain *chain)
{
	size_t i = chain->culprit_count;

	if (i < chain->member_count)
		fputs(" -> holds up ", stdout);
	for (; i < chain->member_count; i++) {
		if (i > chain->culprit_count)
			fputs(", ", stdout);
		print_name(&chain->member[i]);
		putchar(' ');
		print_bytes(options, chain->member[i].bytes);
	}
	putchar('\n');
}

static void print_link(const struct options *options,
		       const struct tcpmem_chain *chain,
		       const struct tcpmem_chain_link *link)
{
	fputs("  ", stdout);
	print_name(&chain->member[link->from]);
	fputs(" waits for ", stdout);
	print_name(&chain->member[link->to]);
	if (!link->connections) {
		puts(": they share sockets");
		return;
	}
	printf(" on %" PRId64 " connection%s: ", link->connections,
	       link->connections == 1 ? "" : "s");
	print_bytes(options, link->unsent_bytes);
	fputs(" unsent", stdout);
	if (is_process(&chain->member[link->to])) {
		fputs(", ", stdout);
		print_bytes(options, link->unread_bytes);
		fputs(" unread", stdout);
	}
	if (link->per_second != TCPMEM_UNKNOWN) {
		fputs(", ", stdout);
		print_bytes(options, link->per_second);
		fputs("/s taken", stdout);
	}
	putchar('\n');
}

/* Why the chain ends where it does */
static void print_end(const struct tcpmem_chain *chain)
{
	const struct tcpmem_chain_member *end = chain->member;

	if (chain->culprit_count > 1)
		footer_print_text(
			"A cycle: each of them writes, and reads only "
			"when it has written.");
	else if (is_process(end))
		footer_print_text("%s has no write that waits: what it does "
				  "instead of reading is not TCP's.",
				  end->name);
	else if (strcmp(end->kind, "absent") == 0)
		footer_print_text("%s is no socket of this host: on another "
				  "one, behind address translation, or gone.",
				  end->name);
	else
		footer_print_text("Which process is behind %s is not known.",
				  end->name);
}

void blame_print_chain(const struct options *options,
		       const struct tcpmem_chain *chain)
{
	print_culprits(options, chain);
	print_members(options, chain);
	for (size_t i = 0; i < chain->link_count; i++)
		print_link(options, chain, &chain->link[i]);
	print_end(chain);
}

void blame_print_basis(const struct tcpmem_blame *blame)
{
	if (blame->elapsed_ns == TCPMEM_UNKNOWN)
		footer_print_text("One look: rates are not known. Who has shut "
				  "its window and got nothing for a second is "
				  "taken not to read.");
	else
		footer_print_text("Rates: between two looks, %.1f s apart.",
				  (double)blame->elapsed_ns / 1e9);
	if (blame->undecided)
		footer_print_text("Not decided: whether %" PRId64
				  " connections hold somebody up%s",
				  blame->undecided,
				  blame->elapsed_ns == TCPMEM_UNKNOWN
					  ? "."
					  : "; '--for 2s' looks longer.");
	if (blame->unmeasured)
		footer_print_text(
			"Not measured: %" PRId64
			" connections on which data waits; the kernel "
			"does not say what moves on them.",
			blame->unmeasured);
}
