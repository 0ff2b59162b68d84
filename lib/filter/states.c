// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * states.c - sets of states, in words
 *
 * "state X" and "exclude X" that follow one another are one set: the first
 * "state" begins with none, the first "exclude" with all.
 */
#include "filter/internal.h"

#include "base/util.h"

#include <string.h>
#include <strings.h>

#define BIT(state) (1u << TCPMEM_STATE_##state)

#define CONNECTED            \
	(TCPMEM_STATES_ALL & \
	 ~(BIT(CLOSED) | BIT(LISTENING) | BIT(BOUND_INACTIVE)))
#define BUCKET (BIT(SYN_RECV) | BIT(TIME_WAIT))

/* What ss takes beside the states' own names, and what it prints for them. */
static const struct {
	const char *name;
	uint32_t states;
} groups[] = {
	{ "all", TCPMEM_STATES_ALL },
	{ "connected", CONNECTED },
	{ "synchronized", CONNECTED & ~BIT(SYN_SENT) },
	{ "bucket", BUCKET },
	{ "big", TCPMEM_STATES_ALL & ~BUCKET },
	{ "close", BIT(CLOSED) },
	{ "unconnected", BIT(CLOSED) },
	{ "unconn", BIT(CLOSED) },
	{ "syn-rcv", BIT(SYN_RECV) },
	{ "estab", BIT(ESTABLISHED) },
	{ "listen", BIT(LISTENING) },
};

static bool is_name(const char *name, const char *text, size_t length)
{
	return strlen(name) == length && strncasecmp(name, text, length) == 0;
}

static uint32_t states_of(const char *text, size_t length)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(groups); i++) {
		if (is_name(groups[i].name, text, length))
			return groups[i].states;
	}
	for (unsigned int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		const char *name = tcpmem_state_describe(i)->name;

		if (name && is_name(name, text, length))
			return 1u << i;
	}
	return 0;
}

/* One name, or several with commas between. */
static int read_states(struct tm_parse *parse, const struct tm_operand *operand,
		       uint32_t *states)
{
	const char *name = operand->text;

	*states = 0;
	for (;;) {
		size_t length = strcspn(name, ",");
		uint32_t found = states_of(name, length);

		if (!found)
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
		if (adds)
			node.states |= states;
		else
			node.states &= ~states;
		token = tm_lex_peek(&parse->lex);
	} while (tm_parse_is_states(parse, &token));
	if (!node.states)
		return tm_parse_fail(parse, operand.offset, operand.length,
				     "a set of states that is not empty");
	return tm_parse_add(parse, &node);
}
