// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * explain.c - a filter in words again, and who decides what of it
 *
 * What is written can be parsed and means the same. Parentheses are written
 * wherever "and" meets "or", so that nobody has to know that they have the
 * same rank.
 */
#include "filter/internal.h"

#include "base/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const op_names[TM_OP_COUNT] = {
	[TM_OP_EQ] = "=",   [TM_OP_NE] = "!=",	   [TM_OP_LT] = "<",
	[TM_OP_GE] = ">=",  [TM_OP_GT] = ">",	   [TM_OP_LE] = "<=",
	[TM_OP_LIKE] = "~", [TM_OP_UNLIKE] = "!~",
};

static void write_text(FILE *out, const char *text)
{
	static const char bare[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._-/:*?[]@%+,";

	if (*text && !text[strspn(text, bare)]) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void write_state_list(FILE *out, uint32_t states)
{
	const char *separator = "";

	for (unsigned int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		if (states & 1u << i) {
			fprintf(out, "%s%s", separator,
				tcpmem_state_describe(i)->name);
			separator = ",";
		}
	}
}

static void write_states(FILE *out, uint32_t states)
{
	uint32_t others = states ^ TCPMEM_STATES_ALL;

	if (!others || !states) {
		fputs(states ? "state all" : "not state all", out);
	} else if (__builtin_popcount(states) <= __builtin_popcount(others)) {
		fputs("state ", out);
		write_state_list(out, states);
	} else {
		fputs("exclude ", out);
		write_state_list(out, others);
	}
}

static void write_host(FILE *out, const struct tm_filter_host *host)
{
	char text[INET6_ADDRSTRLEN];
	bool ipv6 = host->family == AF_INET6;

	if (host->family == AF_UNSPEC) {
		fputc('*', out);
	} else {
		inet_ntop(host->family, host->addr, text, sizeof(text));
		fprintf(out, "%s%s", ipv6 ? "[" : "", text);
		if (host->prefix != (ipv6 ? 128 : 32))
			fprintf(out, "/%u", host->prefix);
		fputs(ipv6 ? "]" : "", out);
	}
	if (host->port != TM_PORT_ANY)
		fprintf(out, ":%d", host->port);
}

static void write_info(FILE *out, const struct tm_filter_node *node)
{
	if (node->which == TCPMEM_INFO_TIMER)
		fputs(tcpmem_timer_describe((enum tcpmem_timer)node->number)
			      ->name,
		      out);
	else
		fprintf(out, "%" PRId64, node->number);
}

static void write_operand(FILE *out, const struct tcpmem_filter *filter,
			  const struct tm_filter_node *node)
{
	switch ((enum tm_filter_type)node->type) {
	case TM_FILTER_HOST:
		write_host(out, &node->host);
		break;
	case TM_FILTER_MARK:
		fprintf(out, "0x%" PRIx32 "/0x%" PRIx32, node->mark.value,
			node->mark.mask);
		break;
	case TM_FILTER_NUMBER:
	case TM_FILTER_QUEUE:
		fprintf(out, "%" PRId64, node->number);
		break;
	case TM_FILTER_INFO:
		write_info(out, node);
		break;
	case TM_FILTER_KIND:
		fputs(tcpmem_kind_describe(node->id)->name, out);
		break;
	case TM_FILTER_FAMILY:
		fputs(tcpmem_family_describe(node->id)->name, out);
		break;
	case TM_FILTER_PROTOCOL:
		fputs(tcpmem_protocol_describe(node->id)->name, out);
		break;
	default:
		if (node->text)
			write_text(out, tm_filter_text(filter, node));
		else
			fprintf(out, "%" PRIu64, node->id);
		break;
	}
}

static void write_comparison(FILE *out, const struct tcpmem_filter *filter,
			     const struct tm_filter_node *node)
{
	if (node->type == TM_FILTER_STATE) {
		write_states(out, node->states);
	} else if (node->type == TM_FILTER_AUTOBOUND) {
		fprintf(out, "%sautobound", node->op == TM_OP_NE ? "not " : "");
	} else {
		fprintf(out, "%s %s ", tm_field_name(node), op_names[node->op]);
		write_operand(out, filter, node);
	}
}

/*
 * struct place - what is written around a node
 * @open: parentheses before it
 * @joint: index of what joins it to the left; 0 if nothing does
 * @closed: parentheses are around it, an "and" or "or"
 */
struct place {
	size_t open;
	size_t joint;
	bool closed;
};

/* Parents stand behind their children: backwards, each is seen before. */
static void find_metadata(const struct tm_filter_node *node, size_t first,
			  size_t last, struct place *place)
{
	for (size_t i = last + 1; i-- > first;) {
		size_t sides[2];

		if (!tm_filter_joins(&node[i]))
			continue;
		sides[0] = tm_filter_left(node, i);
		sides[1] = tm_filter_right(i);
		for (size_t j = 0; j < 2; j++) {
			const struct tm_filter_node *side = &node[sides[j]];

			place[sides[j]].closed = tm_filter_joins(side) &&
						 side->type != node[i].type;
			place[side->first].open += place[sides[j]].closed;
		}
		place[node[sides[1]].first].joint = i;
	}
}

static void write_joint(FILE *out, const struct tm_filter_node *node,
			size_t joint)
{
	if (joint)
		fputs(node[joint].type == TM_FILTER_AND ? " and " : " or ",
		      out);
}

/* The nodes of the subexpression that ends at @last, in infix order. */
static int write_nodes(FILE *out, const struct tcpmem_filter *filter,
		       const struct tm_filter_node *node, size_t last)
{
	struct place *place = calloc(last + 1, sizeof(*place));

	if (!place)
		return -ENOMEM;
	find_metadata(node, node[last].first, last, place);
	for (size_t i = node[last].first; i <= last; i++) {
		if (tm_filter_joins(&node[i])) {
			fputs(place[i].closed ? ")" : "", out);
			continue;
		}
		write_joint(out, node, place[i].joint);
		for (size_t j = 0; j < place[i].open; j++)
			fputc('(', out);
		write_comparison(out, filter, &node[i]);
	}
	free(place);
	return 0;
}

static int write_kernel_part(FILE *out, const struct tcpmem_filter *filter,
			     const struct tm_filter_part *part)
{
	int ret = 0;

	fputs("states: ", out);
	if (part->states == TCPMEM_STATES_ALL)
		fputs("all", out);
	else if (!part->states)
		fputs("none: nothing can match", out);
	else
		write_state_list(out, part->states);
	fputs("\nkernel: ", out);
	if (part->count)
		ret = write_nodes(out, filter, part->node, part->count - 1);
	else
		fputs("nothing but the states", out);
	fputc('\n', out);
	return ret;
}

/* Marks the nodes that all have to hold. */
static void mark_top(const struct tcpmem_filter *filter, bool *top)
{
	top[filter->count ? filter->count - 1 : 0] = true;
	for (size_t i = filter->count; i-- > 0;)
		if (top[i] && filter->node[i].type == TM_FILTER_AND)
			top[tm_filter_right(i)] =
				top[tm_filter_left(filter->node, i)] = true;
}

/* The top-level "and" operands that the kernel alone cannot decide. */
static int write_rest(FILE *out, const struct tcpmem_filter *filter,
		      const bool *exact)
{
	const char *separator = "here: ";
	bool *top = calloc(filter->count + 1, sizeof(*top));
	int ret = 0;

	if (!top)
		return -ENOMEM;
	mark_top(filter, top);
	for (size_t i = 0; i < filter->count && ret == 0; i++) {
		bool whole = i + 1 == filter->count;
		bool paren = filter->node[i].type == TM_FILTER_OR && !whole;

		if (!top[i] || exact[i] ||
		    filter->node[i].type == TM_FILTER_AND)
			continue;
		fprintf(out, "%s%s", separator, paren ? "(" : "");
		ret = write_nodes(out, filter, filter->node, i);
		fputs(paren ? ")" : "", out);
		separator = " and ";
	}
	free(top);
	fputs(*separator == 'h' ? "here: nothing\n" : "\n", out);
	return ret;
}

static int write_parts(FILE *out, const struct tcpmem_filter *filter,
		       const struct tm_filter_part *part, const bool *exact)
{
	int ret = 0;

	fputs("filter: ", out);
	if (filter->count)
		ret = write_nodes(out, filter, filter->node, filter->count - 1);
	fputc('\n', out);
	if (ret == 0)
		ret = write_kernel_part(out, filter, part);
	return ret ? ret : write_rest(out, filter, exact);
}

static int write_all(FILE *out, const struct tcpmem_filter *filter)
{
	bool *exact = calloc(filter->count + 1, sizeof(*exact));
	struct tm_filter_part part = { 0 };
	int ret = exact ? tm_filter_kernel_part(filter, exact, &part) : -ENOMEM;

	if (ret >= 0)
		ret = write_parts(out, filter, &part, exact);
	free(part.node);
	free(exact);
	return ret;
}

int tcpmem_filter_explain(const struct tcpmem_filter *filter, char **text)
{
	char *made = NULL;
	size_t len;
	FILE *out = tm_text_open(&made, &len);
	int ret;

	if (!out)
		return -ENOMEM;
	ret = write_all(out, filter);
	if (tm_text_close(out, &made) < 0 && ret == 0)
		ret = -ENOMEM;
	if (ret == 0)
		*text = made;
	else
		free(made);
	return ret;
}
