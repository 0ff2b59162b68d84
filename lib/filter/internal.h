/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* internal.h - a filter's text: words, fields, values */
#ifndef TM_FILTER_INTERNAL_H
#define TM_FILTER_INTERNAL_H

#include "filter/filter.h"

/*
 * text -> tokens, and operands
 *
 * What a token is depends on where it stands: "and" joins, but a process may
 * be called so. The parser knows where it is, and asks for the one or the
 * other.
 */

struct tm_lex {
	const char *text;
	size_t pos;
};

enum tm_token_type {
	TM_TOKEN_END,
	TM_TOKEN_OPEN,
	TM_TOKEN_CLOSE,
	TM_TOKEN_AND,
	TM_TOKEN_OR,
	TM_TOKEN_NOT,
	TM_TOKEN_OP, /* @op says which */
	TM_TOKEN_WORD,
};

struct tm_token {
	enum tm_token_type type;
	enum tm_filter_op op;
	size_t offset;
	size_t length;
};

/* tm_lex_peek() - the next token, which stays the next */
struct tm_token tm_lex_peek(const struct tm_lex *lex);

/* tm_lex_next() - the next token, which is taken */
struct tm_token tm_lex_next(struct tm_lex *lex);

/* tm_lex_is() - whether @token is the word @word */
bool tm_lex_is(const struct tm_lex *lex, const struct tm_token *token,
	       const char *word);

/*
 * tm_lex_op() - takes the operator that stands next, spelt in any way
 *
 * Return: whether there was one; @token is what stands there in any case.
 */
bool tm_lex_op(struct tm_lex *lex, struct tm_token *token);

/*
 * struct tm_operand - what a comparison compares with
 * @text: without quotes and backslashes
 * @plain: it had none, so that offsets in both are the same
 * @unclosed: the quotes have no end
 */
struct tm_operand {
	const char *text;
	size_t offset;
	size_t length;
	bool plain;
	bool unclosed;
};

/*
 * tm_lex_operand() - takes all up to the next space
 * @room: where its text goes; as many bytes as are left of the filter, and 1
 *
 * A backslash takes what follows literally, and so do double quotes, in which
 * there may be spaces. A parenthesis that the operand did not open ends it.
 *
 * Return: whether there was one; an empty one, "", is one.
 */
bool tm_lex_operand(struct tm_lex *lex, char *room, struct tm_operand *operand);

/* ---- the parser's state, which its parts share ---- */

/*
 * struct tm_parse - a filter being parsed
 * @waiting: values that a walk over the nodes would have waiting now
 * @depth: parentheses that are open
 * @families: those that were prefixed to an operand, bits 1 << family
 */
struct tm_parse {
	struct tm_lex lex;
	const struct tm_filter_names *names;
	struct tcpmem_filter_error *error;
	struct tcpmem_filter *filter;
	size_t capacity;
	size_t waiting;
	unsigned int depth;
	unsigned int families;
};

/*
 * tm_parse_fail() - says what was expected where something else stood
 * @expected: static text
 *
 * Return: -EINVAL.
 */
int tm_parse_fail(struct tm_parse *parse, size_t offset, size_t length,
		  const char *expected);

/*
 * tm_parse_fail_within() - the same for a piece of an operand
 * @at, @length: the piece, in @operand->text; all of it is marked where
 *	quotes or backslashes hide where the piece stood
 */
int tm_parse_fail_within(struct tm_parse *parse,
			 const struct tm_operand *operand, const char *at,
			 size_t length, const char *expected);

/*
 * tm_parse_add() - one more node: a comparison, or what joins the last two
 *
 * Return: 0, or -ENOMEM.
 */
int tm_parse_add(struct tm_parse *parse, const struct tm_filter_node *node);

/* tm_parse_negate() - turns all from node @first on into its opposite */
void tm_parse_negate(struct tm_parse *parse, size_t first);

/*
 * tm_parse_operand() - takes an operand
 *
 * Return: 0, or -EINVAL with @expected if there is none.
 */
int tm_parse_operand(struct tm_parse *parse, const char *expected,
		     struct tm_operand *operand);

/*
 * tm_parse_states() - "state X", "exclude X" and what follows of the kind
 *
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int tm_parse_states(struct tm_parse *parse);

/* tm_parse_is_states() - whether @token begins such a clause */
bool tm_parse_is_states(const struct tm_parse *parse,
			const struct tm_token *token);

/* The operators of what is equal or not, and of what is below or above. */
#define TM_OPS_EQUAL (1u << TM_OP_EQ | 1u << TM_OP_NE)
#define TM_OPS_ORDER                                                       \
	(TM_OPS_EQUAL | 1u << TM_OP_LT | 1u << TM_OP_GE | 1u << TM_OP_GT | \
	 1u << TM_OP_LE)

/*
 * struct tm_field - what can be compared
 * @ops: bits 1 << enum tm_filter_op that it can be compared by
 * @read: turns the operand into nodes. @node has type, op and which set.
 *	NULL if it takes none
 * @expected: what the operand should be, static text
 * @value: of %TM_FILTER_TEXT, the text of a socket; NULL if it has none
 */
struct tm_field {
	struct tcpmem_term term; /* no text: another has told it */
	enum tm_filter_type type;
	uint8_t which;
	uint8_t ops;
	int (*read)(struct tm_parse *parse, const struct tm_field *field,
		    const struct tm_operand *operand,
		    struct tm_filter_node *node);
	const char *expected;
	const char *(*value)(const struct tcpmem_snapshot *snapshot,
			     const struct tcpmem_socket *sock);
};

/* tm_field_find() - the field that @token names. Return: whether it does. */
bool tm_field_find(const struct tm_lex *lex, const struct tm_token *token,
		   struct tm_field *field);

/*
 * tm_info_field() - the field of a figure of tcp_info
 *
 * Return: false, and nothing to use in @field, if it is none.
 */
bool tm_info_field(enum tcpmem_info info, struct tm_field *field);

/* tm_field_of() - the field of the table that @node compares; NULL if none */
const struct tm_field *tm_field_of(const struct tm_filter_node *node);

/* tm_field_name() - how @node's field is written */
const char *tm_field_name(const struct tm_filter_node *node);

/* Readers of operands, one a kind of them; see struct tm_field. */
int tm_read_host(struct tm_parse *parse, const struct tm_field *field,
		 const struct tm_operand *operand, struct tm_filter_node *node);
int tm_read_number(struct tm_parse *parse, const struct tm_field *field,
		   const struct tm_operand *operand,
		   struct tm_filter_node *node);
int tm_read_port(struct tm_parse *parse, const struct tm_field *field,
		 const struct tm_operand *operand, struct tm_filter_node *node);

/*
 * tm_read_u64() - a number, decimal, octal after 0 or hexadecimal after 0x
 *
 * Return: whether there was one not above @max; @end is behind it.
 */
bool tm_read_u64(const char *text, uint64_t max, const char **end,
		 uint64_t *value);

/* tm_is_interface() - whether the kernel lets an interface have that name */
bool tm_is_interface(const char *name);

#endif
