/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_lex.h - text -> tokens, and operands
 *
 * What a token is depends on where it stands: "and" joins, but a process may
 * be called so. The parser knows where it is, and asks for the one or the
 * other.
 */
#ifndef TM_ASK_FILTER_LEX_H
#define TM_ASK_FILTER_LEX_H

#include "ask/filter.h"

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

#endif
