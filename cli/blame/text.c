// SPDX-License-Identifier: LGPL-2.1-or-later
/* text.c - chains, for people */
#include "output/text.h"
#include "blame.h"
#include "output/file.h"
#include "output/output.h"
#include "output/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_name(FILE *out, const struct tcpmem_chain_member *member)
{
	escape_print(out, member->name, ESCAPE_TERMINAL);
}

static void print_bytes(FILE *out, const struct options *options, int64_t bytes)
{
	value_print_bytes(out, bytes, options->bytes);
}

static bool is_process(const struct tcpmem_chain_member *member)
{
	return member->process;
}

static void print_rate(FILE *out, const struct options *options,
		       const struct tcpmem_chain_member *member)
{
	fputs(is_process(member) ? " reads" : " takes", out);
	if (member->per_second == TCPMEM_UNKNOWN) {
		fputs(" nothing, as far as is known", out);
		return;
	}
	putc(' ', out);
	print_bytes(out, options, member->per_second);
	fputs("/s", out);
}

/* "python3[44] reads 0B/s", "10.0.0.9:443 takes 1.0K/s" */
static void print_culprits(FILE *out, const struct options *options,
			   const struct tcpmem_chain *chain)
{
	const struct tcpmem_chain_member *first = chain->member;

	for (size_t i = 0; i < chain->culprit_count; i++) {
		if (i)
			fputs(", ", out);
		print_name(out, &first[i]);
	}
	if (chain->culprit_count > 1)
		fputs(" wait for each other", out);
	else
		print_rate(out, options, first);
}

static void print_members(FILE *out, const struct options *options,
			  const struct tcpmem_chain *chain)
{
	size_t i = chain->culprit_count;

	if (i < chain->member_count)
		fputs(" -> holds up ", out);
	for (; i < chain->member_count; i++) {
		if (i > chain->culprit_count)
			fputs(", ", out);
		print_name(out, &chain->member[i]);
		putc(' ', out);
		print_bytes(out, options, chain->member[i].bytes);
	}
}

static void print_link(FILE *out, const struct options *options,
		       const struct tcpmem_chain *chain,
		       const struct tcpmem_chain_link *link)
{
	print_name(out, &chain->member[link->from]);
	fputs(" waits for ", out);
	print_name(out, &chain->member[link->to]);
	if (!link->connections) {
		fputs(": they share sockets", out);
		return;
	}
	fprintf(out, " on %" PRId64 " connection%s: ", link->connections,
		link->connections == 1 ? "" : "s");
	print_bytes(out, options, link->unsent_bytes);
	fputs(" unsent", out);
	if (is_process(&chain->member[link->to])) {
		fputs(", ", out);
		print_bytes(out, options, link->unread_bytes);
		fputs(" unread", out);
	}
	if (link->per_second != TCPMEM_UNKNOWN) {
		fputs(", ", out);
		print_bytes(out, options, link->per_second);
		fputs("/s taken", out);
	}
}

/* What the last process of the chain waits for, or that it reads */
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

/* A line, @indent for what explains it; a terminal would break names. */
static void print_line(FILE *out, char **text, bool indent)
{
	memstream_end(out, text);
	if (!*text)
		return;
	if (!term_width())
		printf("%s%s\n", indent ? "  " : "", *text);
	else if (indent)
		footer_print_text("%s", *text);
	else
		footer_print_line("%s", *text);
	free(*text);
}

void blame_print_chain(const struct options *options,
		       const struct tcpmem_chain *chain)
{
	char *text = NULL;
	size_t size;
	FILE *out = memstream_open(&text, &size);

	if (out) {
		print_culprits(out, options, chain);
		print_members(out, options, chain);
	}
	print_line(out, &text, false);
	for (size_t i = 0; i < chain->link_count; i++) {
		text = NULL;
		out = memstream_open(&text, &size);
		if (out)
			print_link(out, options, chain, &chain->link[i]);
		print_line(out, &text, true);
	}
	print_end(chain);
}

/* Chains that were left out are no "nobody". */
const char *blame_none(const struct tcpmem_blame *blame, bool unseen)
{
	if (blame->unmatched)
		return "No chain of 64 KiB or more matches the filter";
	if (blame->small)
		return "No chain of 64 KiB or more is seen";
	if (unseen || blame->undecided || blame->unmeasured)
		return "Nobody is seen to hold anybody up, but not all is "
		       "known";
	return "Nobody holds anybody up";
}

static void print_left_out(const struct tcpmem_blame *blame)
{
	if (blame->small)
		footer_print_text("Left out: %" PRId64
				  " chain%s of less than 64 KiB.",
				  blame->small, blame->small == 1 ? "" : "s");
	if (blame->unmatched)
		footer_print_text("Left out: %" PRId64
				  " chain%s without a socket that matches.",
				  blame->unmatched,
				  blame->unmatched == 1 ? "" : "s");
}

static void print_undecided(const struct tcpmem_blame *blame, bool live)
{
	bool one = blame->undecided == 1;

	footer_print_text("Not decided: whether %" PRId64
			  " connection%s somebody up%s.",
			  blame->undecided, one ? " holds" : "s hold",
			  live ? "; '--for 2s' looks longer" : "");
}

void blame_print_basis(const struct tcpmem_blame *blame, bool live)
{
	if (blame->elapsed_ns == TCPMEM_UNKNOWN)
		footer_print_text("One look: rates are not known. Who has shut "
				  "its window and got nothing for a second is "
				  "taken not to read.");
	else
		footer_print_text("Rates: between two looks, %.1f s apart.",
				  (double)blame->elapsed_ns / 1e9);
	if (!blame->count)
		print_left_out(blame);
	if (blame->undecided)
		print_undecided(blame, live);
	if (blame->unmeasured)
		footer_print_text("Not measured: %" PRId64
				  " connection%s on which data waits; nothing "
				  "tells what moves there.",
				  blame->unmeasured,
				  blame->unmeasured == 1 ? "" : "s");
}
