// SPDX-License-Identifier: LGPL-2.1-or-later
/* info.c - what the kernel tells of a connection beside its memory */
#include "filter/filter.h"
#include "filter/internal.h"

#include "base/util.h"
#include "tcpmem/snapshot.h"

#include <string.h>

static const char a_number[] = "a number, such as 10, 64k or 1M";
static const char a_time_us[] = "a time in microseconds, or such as 20ms or 3s";
static const char a_time_ms[] = "a time in milliseconds, or such as 3s";
static const char a_timer[] = "none, retransmit, keepalive, time-wait or probe";

static int fail(struct tm_parse *parse, const struct tm_field *field,
		const struct tm_operand *operand)
{
	return tm_parse_fail(parse, operand->offset, operand->length,
			     field->expected);
}

static int read_timer(struct tm_parse *parse, const struct tm_field *field,
		      const struct tm_operand *operand,
		      struct tm_filter_node *node)
{
	const char *name;

	for (unsigned int i = 0; (name = tcpmem_timer_describe(i)->name); i++) {
		if (strcmp(operand->text, name) == 0) {
			node->number = i;
			return tm_parse_add(parse, node);
		}
	}
	return fail(parse, field, operand);
}

/* What a unit behind a time multiplies by; 0: there is no such unit. */
static int64_t time_factor(enum tcpmem_unit unit, const char *text)
{
	bool us = unit == TCPMEM_UNIT_MICROSECONDS;

	if (!*text || strcmp(text, us ? "us" : "ms") == 0)
		return 1;
	if (us && strcmp(text, "ms") == 0)
		return 1000;
	return strcmp(text, "s") == 0 ? us ? 1000000 : 1000 : 0;
}

static int read_time(struct tm_parse *parse, const struct tm_field *field,
		     const struct tm_operand *operand,
		     struct tm_filter_node *node)
{
	const char *end;
	int64_t factor;
	uint64_t value;

	if (!tm_read_u64(operand->text, INT64_MAX, &end, &value))
		return fail(parse, field, operand);
	factor = time_factor(tcpmem_info_describe(node->which)->unit, end);
	if (!factor || __builtin_mul_overflow(value, factor, &node->number))
		return fail(parse, field, operand);
	return tm_parse_add(parse, node);
}

bool tm_info_field(enum tcpmem_info info, struct tm_field *field)
{
	*field = (struct tm_field){
		.term = *tcpmem_info_describe(info),
		.type = TM_FILTER_INFO,
		.which = (uint8_t)info,
		.ops = TM_OPS_ORDER,
		.read = read_time,
	};
	switch (tcpmem_info_describe(info)->unit) {
	case TCPMEM_UNIT_MICROSECONDS:
		field->expected = a_time_us;
		break;
	case TCPMEM_UNIT_MILLISECONDS:
		field->expected = a_time_ms;
		break;
	case TCPMEM_UNIT_TIMER:
		field->ops = TM_OPS_EQUAL;
		field->read = read_timer;
		field->expected = a_timer;
		break;
	default:
		field->read = tm_read_number;
		field->expected = a_number;
		break;
	}
	return field->term.name;
}

/* What is not measured yet, or is no connection, is neither. */
enum tm_filter_verdict tm_eval_info(const struct tm_eval *e,
				    const struct tm_filter_node *node)
{
	const struct tcpmem_snapshot *snap = e->facts->snapshot;
	int64_t value;

	if (!e->facts->attributed)
		return TM_FILTER_UNKNOWN;
	if (tcpmem_socket_get_info(snap, e->sock, node->which, &value) == 0)
		return tm_eval_number(node, value);
	return tm_info_is_missing(snap, e->sock, node->which)
		       ? TM_FILTER_UNKNOWN
		       : TM_FILTER_NOT_APPLICABLE;
}

/* Without tcp_info nobody asked for the text; with it, the socket has none. */
enum tm_filter_verdict tm_eval_text(const struct tm_eval *e,
				    const struct tm_filter_node *node)
{
	const struct tm_field *field = tm_field_of(node);
	const char *value;

	if (!e->facts->attributed || !e->facts->snapshot->sockets.with_info)
		return TM_FILTER_UNKNOWN;
	value = field->value(e->facts->snapshot, e->sock);
	return value ? tm_eval_match_equal(node,
					   tm_eval_is_text(e, node, value))
		     : TM_FILTER_NOT_APPLICABLE;
}
