// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * parse.c - the grammar
 *
 *	filter := [ list ]
 *	list   := [ states ] term { [ and | or ] term } | states
 *	term   := { not } ( "(" list ")" | states | comparison )
 *
 * As in ss, states in front of a list go for all of it, "and" and "or" have
 * the same rank and are taken from left to right, and two terms without a
 * word between them are joined by "and".
 */
#include "filter/internal.h"

#include "base/util.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char a_term[] = "a comparison, such as \"sport = :22\", "
			     "\"rmem > 64k\" or \"state established\"";

int tm_parse_fail(struct tm_parse *parse, size_t offset, size_t length,
		  const char *expected)
{
	struct tcpmem_filter_error *error = parse->error;
	size_t shown = length < sizeof(error->found) - 1
			       ? length
			       : sizeof(error->found) - 1;

	error->offset = offset;
	error->length = length;
	error->expected = expected;
	error->field = expected == a_term;
	memcpy(error->found, parse->lex.text + offset, shown);
	error->found[shown] = '\0';
	return -EINVAL;
}

int tm_parse_fail_within(struct tm_parse *parse,
			 const struct tm_operand *operand, const char *at,
			 size_t length, const char *expected)
{
	size_t offset = (size_t)(at - operand->text);

	if (!operand->plain)
		return tm_parse_fail(parse, operand->offset, operand->length,
				     expected);
	return tm_parse_fail(parse, operand->offset + offset, length, expected);
}

static int fail_at(struct tm_parse *parse, const struct tm_token *token,
		   const char *expected)
{
	return tm_parse_fail(parse, token->offset, token->length, expected);
}

int tm_parse_add(struct tm_parse *parse, const struct tm_filter_node *node)
{
	struct tcpmem_filter *filter = parse->filter;
	size_t at = filter->count;
	int ret = tm_append(filter->node, filter->count, parse->capacity, node);

	if (ret < 0)
		return ret;
	if (tm_filter_joins(node)) {
		size_t left = tm_filter_left(filter->node, at);

		filter->node[at].first = filter->node[left].first;
		parse->waiting--;
	} else {
		filter->node[at].first = (uint32_t)at;
		filter->types |= 1u << node->type;
		parse->waiting++;
	}
	assert(parse->waiting <= TM_FILTER_STACK);
	return 0;
}

/* De Morgan: each comparison has an opposite, so nothing else is needed. */
void tm_parse_negate(struct tm_parse *parse, size_t first)
{
	struct tcpmem_filter *filter = parse->filter;

	for (size_t i = first; i < filter->count; i++) {
		struct tm_filter_node *node = &filter->node[i];

		if (node->type == TM_FILTER_AND)
			node->type = TM_FILTER_OR;
		else if (node->type == TM_FILTER_OR)
			node->type = TM_FILTER_AND;
		else if (node->type == TM_FILTER_STATE)
			node->states ^= TCPMEM_STATES_ALL;
		else
			node->op = (uint8_t)tm_op_opposite(node->op);
	}
}

int tm_parse_operand(struct tm_parse *parse, const char *expected,
		     struct tm_operand *operand)
{
	struct tcpmem_filter *filter = parse->filter;
	char *room = filter->strings + filter->strings_len;

	if (!tm_lex_operand(&parse->lex, room, operand)) {
		struct tm_token token = tm_lex_peek(&parse->lex);

		return fail_at(parse, &token, expected);
	}
	if (operand->unclosed)
		return tm_parse_fail(parse, parse->lex.pos, 0,
				     "a closing quote");
	filter->strings_len += strlen(room) + 1;
	return 0;
}

static const char *allowed_ops(const struct tm_field *field)
{
	if (field->ops & 1u << TM_OP_LIKE)
		return "one of = != ~ !~";
	return field->ops & 1u << TM_OP_LT ? "one of = != < <= > >="
					   : "one of = !=";
}

static int parse_comparison(struct tm_parse *parse)
{
	struct tm_token token = tm_lex_next(&parse->lex);
	struct tm_filter_node node = { 0 };
	struct tm_operand operand;
	struct tm_field field;
	int ret;

	if (!tm_field_find(&parse->lex, &token, &field))
		return fail_at(parse, &token, a_term);
	node.type = (uint8_t)field.type;
	node.which = field.which;
	if (!field.read)
		return tm_parse_add(parse, &node);
	if (tm_lex_op(&parse->lex, &token))
		node.op = (uint8_t)token.op;
	if (!(field.ops & 1u << node.op))
		return fail_at(parse, &token, allowed_ops(&field));
	ret = tm_parse_operand(parse, field.expected, &operand);
	return ret < 0 ? ret : field.read(parse, &field, &operand, &node);
}

static int parse_list(struct tm_parse *parse);

static int parse_parentheses(struct tm_parse *parse)
{
	struct tm_token token = tm_lex_next(&parse->lex);
	int ret;

	if (parse->depth == TM_FILTER_DEPTH_MAX)
		return fail_at(parse, &token,
			       "no more than 64 open parentheses");
	parse->depth++;
	ret = parse_list(parse);
	if (ret < 0)
		return ret;
	parse->depth--;
	token = tm_lex_next(&parse->lex);
	return token.type == TM_TOKEN_CLOSE
		       ? 0
		       : fail_at(parse, &token, "\"and\", \"or\" or \")\"");
}

static int parse_operand(struct tm_parse *parse, const struct tm_token *token)
{
	if (token->type == TM_TOKEN_OPEN)
		return parse_parentheses(parse);
	if (tm_parse_is_states(parse, token))
		return tm_parse_states(parse);
	if (token->type == TM_TOKEN_WORD)
		return parse_comparison(parse);
	return fail_at(parse, token, a_term);
}

static int parse_term(struct tm_parse *parse)
{
	struct tm_token token = tm_lex_peek(&parse->lex);
	size_t first = parse->filter->count;
	bool negative = false;
	int ret;

	for (; token.type == TM_TOKEN_NOT; token = tm_lex_peek(&parse->lex)) {
		tm_lex_next(&parse->lex);
		negative = !negative;
	}
	ret = parse_operand(parse, &token);
	if (ret == 0 && negative)
		tm_parse_negate(parse, first);
	return ret;
}

/* One more term and what joins it. Return: 1; 0 if the list ends; -errno. */
static int parse_joined(struct tm_parse *parse)
{
	struct tm_filter_node joint = { .type = TM_FILTER_AND };
	struct tm_token token = tm_lex_peek(&parse->lex);
	int ret;

	if (token.type == TM_TOKEN_END || token.type == TM_TOKEN_CLOSE)
		return 0;
	if (token.type == TM_TOKEN_OP)
		return fail_at(parse, &token,
			       "\"and\", \"or\" or a comparison");
	if (token.type == TM_TOKEN_OR)
		joint.type = TM_FILTER_OR;
	if (token.type == TM_TOKEN_AND || token.type == TM_TOKEN_OR)
		tm_lex_next(&parse->lex);
	ret = parse_term(parse);
	if (ret == 0)
		ret = tm_parse_add(parse, &joint);
	return ret < 0 ? ret : 1;
}

/* States in front, as ss wants them, go for all that follows. */
static int parse_list(struct tm_parse *parse)
{
	const struct tm_filter_node joint = { .type = TM_FILTER_AND };
	struct tm_token token = tm_lex_peek(&parse->lex);
	bool states = tm_parse_is_states(parse, &token);
	int ret = parse_term(parse);

	token = tm_lex_peek(&parse->lex);
	if (ret == 0 && states &&
	    (token.type == TM_TOKEN_WORD || token.type == TM_TOKEN_NOT ||
	     token.type == TM_TOKEN_OPEN)) {
		ret = parse_list(parse);
		return ret < 0 ? ret : tm_parse_add(parse, &joint);
	}
	while (ret >= 0) {
		ret = parse_joined(parse);
		if (ret == 0)
			break;
	}
	return ret;
}

static unsigned int families_of_node(const struct tm_filter_node *node)
{
	const unsigned int both = 1u << TCPMEM_FAMILY_IPV4 |
				  1u << TCPMEM_FAMILY_IPV6;

	if (node->type != TM_FILTER_FAMILY)
		return both;
	return node->op == TM_OP_EQ ? 1u << node->id : both & ~(1u << node->id);
}

/* Which families' sockets can match, bits 1 << enum tcpmem_family. */
static unsigned int families_of(const struct tcpmem_filter *filter)
{
	unsigned int stack[TM_FILTER_STACK];
	size_t depth = 0;

	for (size_t i = 0; i < filter->count; i++) {
		const struct tm_filter_node *node = &filter->node[i];
		unsigned int value = families_of_node(node);

		if (tm_filter_joins(node)) {
			value = stack[--depth];
			if (node->type == TM_FILTER_AND)
				value &= stack[--depth];
			else
				value |= stack[--depth];
		}
		stack[depth++] = value;
	}
	return stack[0];
}

/*
 * To ss a family before one operand is the option -4 or -6: the other
 * family's sockets are not looked at, whatever the rest of the filter says.
 */
static int limit_families(struct tm_parse *parse)
{
	const struct tm_filter_node joint = { .type = TM_FILTER_AND };
	struct tm_filter_node family = {
		.type = TM_FILTER_FAMILY,
		.id = parse->families == 1u << TCPMEM_FAMILY_IPV6,
	};
	int ret;

	if (parse->families != 1u << TCPMEM_FAMILY_IPV4 &&
	    parse->families != 1u << TCPMEM_FAMILY_IPV6)
		return 0;
	if (!(families_of(parse->filter) & ~parse->families))
		return 0;
	ret = tm_parse_add(parse, &family);
	return ret < 0 ? ret : tm_parse_add(parse, &joint);
}

static int parse_all(struct tm_parse *parse)
{
	struct tm_token token = tm_lex_peek(&parse->lex);
	int ret;

	if (token.type == TM_TOKEN_END)
		return 0;
	ret = parse_list(parse);
	if (ret < 0)
		return ret;
	token = tm_lex_next(&parse->lex);
	if (token.type != TM_TOKEN_END)
		return fail_at(parse, &token, "\"and\", \"or\" or the end");
	return limit_families(parse);
}

/* No text at 0: an operand's end takes the place of a field's word. */
static struct tcpmem_filter *new_filter(size_t length)
{
	struct tcpmem_filter *filter = calloc(1, sizeof(*filter));

	if (!filter)
		return NULL;
	filter->strings_len = 1;
	filter->strings = calloc(1, length + 2);
	if (filter->strings)
		return filter;
	tcpmem_filter_free(filter);
	return NULL;
}

int tm_filter_parse(const char *text, const struct tm_filter_names *names,
		    struct tcpmem_filter_error *error,
		    struct tcpmem_filter **filter)
{
	struct tcpmem_filter_error unused = { .size = sizeof(unused) };
	struct tm_parse parse = {
		.lex = { .text = text },
		.names = names,
		.error = error ? error : &unused,
	};
	size_t length = strnlen(text, TM_FILTER_TEXT_MAX + 1);
	int ret;

	if (parse.error->size < sizeof(*error))
		return -EINVAL;
	if (length > TM_FILTER_TEXT_MAX)
		return tm_parse_fail(&parse, TM_FILTER_TEXT_MAX, 0,
				     "no more than 65536 bytes");
	parse.filter = new_filter(length);
	if (!parse.filter)
		return -ENOMEM;
	ret = parse_all(&parse);
	if (ret < 0) {
		tcpmem_filter_free(parse.filter);
		return ret;
	}
	*filter = parse.filter;
	return 0;
}
