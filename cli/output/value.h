/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* value.h - the value of a cell: as text, as JSON, and its order */
#ifndef CLI_OUTPUT_VALUE_H
#define CLI_OUTPUT_VALUE_H

#include "json.h"
#include "tcpmem.h"
#include "text.h"

/*
 * enum value_type - the type of a value
 * @VALUE_UNKNOWN: not reported by the kernel, or not applicable: "-", null
 * @VALUE_RATE: a number per minute, with a fraction
 * @VALUE_SPEED: bytes per second
 * @VALUE_MICROSECONDS: and @VALUE_MILLISECONDS: a duration
 * @VALUE_ID: a 64-bit identifier; a string in JSON
 * @VALUE_ADDRESS: address and port as text; the address alone in JSON, where
 *	the port has a key of its own
 * @VALUE_PERCENT: a part of a whole, which is above 0
 * @VALUE_HOLDERS: the processes that hold a socket
 */
enum value_type {
	VALUE_UNKNOWN,
	VALUE_TEXT,
	VALUE_INTEGER,
	VALUE_BYTES,
	VALUE_RATE,
	VALUE_SPEED,
	VALUE_MICROSECONDS,
	VALUE_MILLISECONDS,
	VALUE_ID,
	VALUE_ADDRESS,
	VALUE_PERCENT,
	VALUE_HOLDERS,
};

/* @zone: the interface that it belongs to; NULL: none. Only text has it. */
struct address {
	enum tcpmem_family family;
	uint8_t bytes[16];
	uint16_t port;
	const char *zone;
};

struct ratio {
	int64_t part;
	int64_t whole;
};

struct holders {
	const struct tcpmem_snapshot *snap;
	const struct tcpmem_socket *sock;
};

struct value {
	enum value_type type;
	union {
		const char *text; /* raw bytes */
		int64_t integer;
		double rate;
		uint64_t id;
		struct address address;
		struct ratio ratio;
		struct holders holders;
	};
};

/* A text; NULL: unknown */
static inline void value_set_text(struct value *value, const char *text)
{
	value->type = text ? VALUE_TEXT : VALUE_UNKNOWN;
	value->text = text;
}

static inline void value_set_integer(struct value *value, int64_t integer)
{
	value->type = VALUE_INTEGER;
	value->integer = integer;
}

/* A number in the type of its column */
static inline void value_set_number(struct value *value, enum value_type type,
				    int64_t number)
{
	if (number == TCPMEM_UNKNOWN)
		return;
	value->type = type;
	value->integer = number;
}

/* A rate in the type of its column: whole bytes, or a fraction */
static inline void value_set_rate(struct value *value, enum value_type type,
				  double rate)
{
	value->type = type;
	if (type == VALUE_BYTES)
		value->integer = human_round(rate);
	else
		value->rate = rate;
}

static inline void value_set_id(struct value *value, uint64_t id)
{
	value->type = VALUE_ID;
	value->id = id;
}

/* value_set_pid() and value_set_comm(): unknown if @process is NULL */
void value_set_pid(struct value *value, const struct tcpmem_process *process);
void value_set_comm(struct value *value, const struct tcpmem_process *process);

/* struct style - @bytes: exact numbers, not in K, M, G or ms */
struct style {
	enum escape escape;
	bool bytes;
};

void value_print(FILE *out, const struct value *value, struct style style);

/* value_print_bytes() - in K, M, G, or @exact */
void value_print_bytes(FILE *out, int64_t bytes, bool exact);

/*
 * value_csv() - a field of RFC 4180: quoted if it has to be
 *
 * Values are as in JSON, but a list is one field. An unknown value is an empty
 * field, an empty text is a pair of quotes.
 */
void value_csv(FILE *out, const struct value *value);
void value_json(struct json *json, const char *key, const struct value *value);

/*
 * value_compare() - as strcmp(), for two values of one column
 * @falling: the largest first; unknown values are last either way
 */
int value_compare(const struct value *a, const struct value *b, bool falling);

#endif
