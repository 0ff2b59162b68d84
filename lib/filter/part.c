// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * part.c - what of a filter the kernel can decide, and sets of states
 *
 * States go into the request's mask and the rest, as far as there is an
 * opcode for it, into bytecode. A comparison that the kernel cannot make is
 * taken for true: negation is gone from the expression, so this lets more
 * through and never less.
 */
#include "filter/filter.h"

#include "base/util.h"
#include "filter/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * struct fold - what is known of a subexpression
 * @first: where its nodes begin in the part
 * @open: it has none: all sockets in @states are let through
 */
struct fold {
	size_t first;
	uint32_t states;
	bool open;
	bool exact;
};

static bool has_opcode(const struct tm_filter_node *node)
{
	switch ((enum tm_filter_type)node->type) {
	case TM_FILTER_HOST:
	case TM_FILTER_PORT:
	case TM_FILTER_DEV:
	case TM_FILTER_MARK:
	case TM_FILTER_CGROUP:
	case TM_FILTER_AUTOBOUND:
	case TM_FILTER_FAMILY:
		return true;
	default:
		return false;
	}
}

static struct fold fold_comparison(const struct tm_filter_node *node,
				   struct tm_filter_part *part)
{
	struct fold fold = {
		.first = part->count,
		.states = TCPMEM_STATES_ALL,
		.open = !has_opcode(node),
	};

	fold.exact = !fold.open || node->type == TM_FILTER_STATE;
	if (node->type == TM_FILTER_STATE)
		fold.states = node->states;
	if (!fold.open) {
		part->node[part->count] = *node;
		part->node[part->count].first = (uint32_t)part->count;
		part->count++;
	}
	return fold;
}

/* @exact of two that are joined by "or" does not follow from each alone. */
static bool or_is_exact(const struct fold *a, const struct fold *b)
{
	return a->exact && b->exact &&
	       (a->states == b->states || (a->open && b->open));
}

static void join(struct fold *a, const struct fold *b,
		 const struct tm_filter_node *node, struct tm_filter_part *part)
{
	bool both = !a->open && !b->open;

	if (node->type == TM_FILTER_AND) {
		a->exact = a->exact && b->exact;
		a->states &= b->states;
		a->open = a->open && b->open;
	} else {
		a->exact = or_is_exact(a, b);
		a->states |= b->states;
		a->open = a->open || b->open;
		if (a->open)
			part->count = a->first;
	}
	if (both) {
		part->node[part->count] = *node;
		part->node[part->count].first = (uint32_t)a->first;
		part->count++;
	}
}

/* Too many comparisons for bytecode: the kernel filters states alone. */
static void leave_out(const struct tcpmem_filter *filter, bool *exact,
		      struct tm_filter_part *part)
{
	part->count = 0;
	part->exact = false;
	for (size_t i = 0; exact && i < filter->count; i++)
		exact[i] = exact[i] && filter->node[i].type == TM_FILTER_STATE;
}

static void fold_all(const struct tcpmem_filter *filter, bool *exact,
		     struct tm_filter_part *part)
{
	struct fold stack[TM_FILTER_STACK];
	size_t depth = 0;

	for (size_t i = 0; i < filter->count; i++) {
		const struct tm_filter_node *node = &filter->node[i];

		if (tm_filter_joins(node)) {
			depth--;
			join(&stack[depth - 1], &stack[depth], node, part);
		} else {
			stack[depth++] = fold_comparison(node, part);
		}
		if (exact)
			exact[i] = stack[depth - 1].exact;
	}
	if (depth) {
		part->states = stack[0].states;
		part->exact = stack[0].exact;
	}
}

int tm_filter_kernel_part(const struct tcpmem_filter *filter, bool *exact,
			  struct tm_filter_part *part)
{
	struct tm_filter_part p = { .states = TCPMEM_STATES_ALL,
				    .exact = true };

	p.node = calloc(filter->count + 1, sizeof(*p.node));
	if (!p.node)
		return -ENOMEM;
	fold_all(filter, exact, &p);
	/* Joints included: of n comparisons there are n - 1. */
	if (p.count > 2 * TM_FILTER_KERNEL_MAX - 1)
		leave_out(filter, exact, &p);
	*part = p;
	return 0;
}

static bool find_states(const char *name, size_t length, uint32_t *states)
{
	char word[32];

	snprintf(word, sizeof(word), "%.*s", (int)length, name);
	return length < sizeof(word) &&
	       tcpmem_states_from_name(word, states) == 0;
}

/* One name, or several with commas between. */
static int read_states(struct tm_parse *parse, const struct tm_operand *operand,
		       uint32_t *states)
{
	const char *name = operand->text;

	*states = 0;
	for (;;) {
		size_t length = strcspn(name, ",");
		uint32_t found = 0;

		if (!find_states(name, length, &found))
			return tm_parse_fail_within(
				parse, operand, name, length,
				"the name of a state, all, connected, "
				"synchronized, bucket or big");
		*states |= found;
		if (!name[length])
			return 0;
		name += length + 1;
	}
}

bool tm_parse_is_states(const struct tm_parse *parse,
			const struct tm_token *token)
{
	return token->type == TM_TOKEN_WORD &&
	       (tm_lex_is(&parse->lex, token, "state") ||
		tm_lex_is(&parse->lex, token, "exclude") ||
		tm_lex_is(&parse->lex, token, "excl"));
}

static int parse_clause(struct tm_parse *parse, struct tm_operand *operand,
			bool *adds, uint32_t *states)
{
	struct tm_token token = tm_lex_next(&parse->lex);
	int ret;

	*adds = tm_lex_is(&parse->lex, &token, "state");
	if (tm_lex_op(&parse->lex, &token)) {
		if (token.op != TM_OP_EQ && token.op != TM_OP_NE)
			return tm_parse_fail(parse, token.offset, token.length,
					     "one of = !=");
		*adds ^= token.op == TM_OP_NE;
	}
	ret = tm_parse_operand(parse, "the name of a state", operand);
	return ret < 0 ? ret : read_states(parse, operand, states);
}

int tm_parse_states(struct tm_parse *parse)
{
	struct tm_filter_node node = { .type = TM_FILTER_STATE };
	struct tm_operand operand;
	struct tm_token token;
	bool begun = false;

	do {
		uint32_t states = 0;
		bool adds = true;
		int ret = parse_clause(parse, &operand, &adds, &states);

		if (ret < 0)
			return ret;
		if (!begun && !adds)
			node.states = TCPMEM_STATES_ALL;
		begun = true;
		node.states = adds ? node.states | states
				   : node.states & ~states;
		token = tm_lex_peek(&parse->lex);
	} while (tm_parse_is_states(parse, &token));
	if (!node.states)
		return tm_parse_fail(parse, operand.offset, operand.length,
				     "a set of states that is not empty");
	return tm_parse_add(parse, &node);
}
