// SPDX-License-Identifier: LGPL-2.1-or-later
/* lex.c - text -> tokens, and operands */
#include "filter/internal.h"

#include "base/util.h"

#include <string.h>

static const char space[] = " \t\r\n\v\f";
static const char special[] = "()=!<>&|~";

/* Longer ones first: the first that fits is taken. */
static const struct {
	const char *text;
	enum tm_token_type type;
	enum tm_filter_op op;
} symbols[] = {
	{ "==", TM_TOKEN_OP, TM_OP_EQ },
	{ "!=", TM_TOKEN_OP, TM_OP_NE },
	{ "!~", TM_TOKEN_OP, TM_OP_UNLIKE },
	{ ">=", TM_TOKEN_OP, TM_OP_GE },
	{ "<=", TM_TOKEN_OP, TM_OP_LE },
	{ "&&", TM_TOKEN_AND, 0 },
	{ "||", TM_TOKEN_OR, 0 },
	{ "=", TM_TOKEN_OP, TM_OP_EQ },
	{ ">", TM_TOKEN_OP, TM_OP_GT },
	{ "<", TM_TOKEN_OP, TM_OP_LT },
	{ "~", TM_TOKEN_OP, TM_OP_LIKE },
	{ "&", TM_TOKEN_AND, 0 },
	{ "|", TM_TOKEN_OR, 0 },
	{ "!", TM_TOKEN_NOT, 0 },
	{ "(", TM_TOKEN_OPEN, 0 },
	{ ")", TM_TOKEN_CLOSE, 0 },
};

static const struct {
	const char *text;
	enum tm_token_type type;
} words[] = {
	{ "and", TM_TOKEN_AND },
	{ "or", TM_TOKEN_OR },
	{ "not", TM_TOKEN_NOT },
};

static const struct {
	const char *text;
	enum tm_filter_op op;
} op_words[] = {
	{ "eq", TM_OP_EQ }, { "ne", TM_OP_NE },	 { "neq", TM_OP_NE },
	{ "ge", TM_OP_GE }, { "geq", TM_OP_GE }, { "gt", TM_OP_GT },
	{ "le", TM_OP_LE }, { "leq", TM_OP_LE }, { "lt", TM_OP_LT },
};

bool tm_lex_is(const struct tm_lex *lex, const struct tm_token *token,
	       const char *word)
{
	return strlen(word) == token->length &&
	       memcmp(lex->text + token->offset, word, token->length) == 0;
}

/*
 * ss drops the backslash that protects an operator from a shell, even when
 * there was no shell.
 */
static size_t skip(const char *text, size_t pos)
{
	pos += strspn(text + pos, space);
	if (text[pos] == '\\' && text[pos + 1] &&
	    strchr(special, text[pos + 1]))
		pos++;
	return pos;
}

static bool read_symbol(const char *text, struct tm_token *token)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(symbols); i++) {
		size_t length = strlen(symbols[i].text);

		if (strncmp(text, symbols[i].text, length) == 0) {
			token->type = symbols[i].type;
			token->op = symbols[i].op;
			token->length = length;
			return true;
		}
	}
	return false;
}

static void read_word(const struct tm_lex *lex, struct tm_token *token)
{
	const char *text = lex->text + token->offset;
	size_t length = strcspn(text, space);
	size_t plain = strcspn(text, special);

	token->length = plain < length ? plain : length;
	token->type = TM_TOKEN_WORD;
	for (size_t i = 0; i < TM_ARRAY_SIZE(words); i++) {
		if (tm_lex_is(lex, token, words[i].text))
			token->type = words[i].type;
	}
}

struct tm_token tm_lex_peek(const struct tm_lex *lex)
{
	struct tm_token token = { .offset = skip(lex->text, lex->pos) };
	const char *text = lex->text + token.offset;

	if (!*text)
		token.type = TM_TOKEN_END;
	else if (!read_symbol(text, &token))
		read_word(lex, &token);
	return token;
}

struct tm_token tm_lex_next(struct tm_lex *lex)
{
	struct tm_token token = tm_lex_peek(lex);

	lex->pos = token.offset + token.length;
	return token;
}

bool tm_lex_op(struct tm_lex *lex, struct tm_token *token)
{
	*token = tm_lex_peek(lex);
	for (size_t i = 0; i < TM_ARRAY_SIZE(op_words); i++) {
		if (token->type == TM_TOKEN_WORD &&
		    tm_lex_is(lex, token, op_words[i].text)) {
			token->type = TM_TOKEN_OP;
			token->op = op_words[i].op;
		}
	}
	if (token->type != TM_TOKEN_OP)
		return false;
	lex->pos = token->offset + token->length;
	return true;
}

static const char *read_quoted(const char *from, char **to, bool *unclosed)
{
	from++;
	while (*from && *from != '"') {
		if (*from == '\\' && from[1])
			from++;
		*(*to)++ = *from++;
	}
	*unclosed = !*from;
	return *unclosed ? from : from + 1;
}

static const char *read_bare(const char *from, char **to, bool *plain)
{
	size_t open = 0;

	while (*from && !strchr(space, *from)) {
		if (*from == '(')
			open++;
		else if (*from == ')' && open-- == 0)
			break;
		if (*from == '\\') {
			*plain = false;
			if (!*++from)
				break;
		}
		*(*to)++ = *from++;
	}
	return from;
}

bool tm_lex_operand(struct tm_lex *lex, char *room, struct tm_operand *operand)
{
	const char *start = lex->text + lex->pos;
	const char *end;
	char *to = room;

	start += strspn(start, space);
	*operand = (struct tm_operand){
		.text = room,
		.offset = (size_t)(start - lex->text),
		.plain = *start != '"',
	};
	end = operand->plain ? read_bare(start, &to, &operand->plain)
			     : read_quoted(start, &to, &operand->unclosed);
	*to = '\0';
	operand->length = (size_t)(end - start);
	lex->pos = operand->offset + operand->length;
	return end != start;
}
