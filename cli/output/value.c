// SPDX-License-Identifier: LGPL-2.1-or-later
/* value.c - the value of a cell: as text, as JSON, and its order */
#include "value.h"

#include "text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

/* Holders of a socket in a table; JSON and CSV have all of them */
#define HOLDERS_SHOWN 3

void value_set_pid(struct value *value, const struct tcpmem_process *process)
{
	if (process)
		value_set_integer(value, tcpmem_process_get_pid(process));
}

void value_set_comm(struct value *value, const struct tcpmem_process *process)
{
	if (process)
		value_set_text(value, tcpmem_process_get_comm(process));
}

static void address_text(const struct address *address,
			 char text[INET6_ADDRSTRLEN])
{
	int family = address->family == TCPMEM_FAMILY_IPV6 ? AF_INET6 : AF_INET;

	inet_ntop(family, address->bytes, text, INET6_ADDRSTRLEN);
}

static void print_address(FILE *out, const struct address *address,
			  enum escape escape)
{
	char text[INET6_ADDRSTRLEN];
	bool colons = address->family == TCPMEM_FAMILY_IPV6;

	address_text(address, text);
	fprintf(out, colons ? "[%s" : "%s", text);
	if (address->zone) {
		putc('%', out);
		escape_print(out, address->zone, escape);
	}
	fputs(colons ? "]:" : ":", out);
	if (address->port)
		fprintf(out, "%u", address->port);
	else
		putc('*', out);
}

static void print_holders(FILE *out, const struct holders *holders,
			  enum escape escape)
{
	size_t count =
		tcpmem_snapshot_get_holder_count(holders->snap, holders->sock);
	size_t shown = count;

	if (escape != ESCAPE_CSV && count > HOLDERS_SHOWN)
		shown = HOLDERS_SHOWN - 1;

	if (!count && escape == ESCAPE_TERMINAL)
		fprintf(out, "(%s)",
			tcpmem_kind_describe(
				tcpmem_socket_get_kind(holders->sock))
				->name);
	else if (!count && escape == ESCAPE_RAW)
		putc('-', out);
	for (size_t i = 0; i < shown; i++) {
		const struct tcpmem_process *process =
			tcpmem_snapshot_get_holder(holders->snap, holders->sock,
						   i);
		const char *comm = tcpmem_process_get_comm(process);

		if (i)
			putc(',', out);
		if (*comm)
			escape_print(out, comm, escape);
		fprintf(out, "[%u]", tcpmem_process_get_pid(process));
	}
	if (shown < count)
		fprintf(out, ",+%zu", count - shown);
}

void value_print_bytes(FILE *out, int64_t bytes, bool exact)
{
	char text[HUMAN_SIZE];

	if (exact && bytes != TCPMEM_UNKNOWN) {
		fprintf(out, "%" PRId64, bytes);
		return;
	}
	human_bytes(bytes, text);
	fputs(text, out);
}

static void print_time(FILE *out, int64_t time, int64_t us, bool exact)
{
	char text[HUMAN_SIZE];

	if (exact || time < 0 || time > INT64_MAX / us) {
		fprintf(out, "%" PRId64, time);
		return;
	}
	human_time(time * us, text);
	fputs(text, out);
}

static double percent(const struct ratio *ratio)
{
	return 100.0 * (double)ratio->part / (double)ratio->whole;
}

void value_print(FILE *out, const struct value *value, struct style style)
{
	switch (value->type) {
	case VALUE_UNKNOWN:
		putc('-', out);
		break;
	case VALUE_TEXT:
		escape_print(out, value->text, style.escape);
		break;
	case VALUE_INTEGER:
		fprintf(out, "%" PRId64, value->integer);
		break;
	case VALUE_MICROSECONDS:
		print_time(out, value->integer, 1, style.bytes);
		break;
	case VALUE_MILLISECONDS:
		print_time(out, value->integer, 1000, style.bytes);
		break;
	case VALUE_BYTES:
	case VALUE_SPEED:
		value_print_bytes(out, value->integer, style.bytes);
		break;
	case VALUE_RATE:
		fprintf(out, "%.2f", value->rate);
		break;
	case VALUE_ID:
		fprintf(out, "%" PRIu64, value->id);
		break;
	case VALUE_ADDRESS:
		print_address(out, &value->address, style.escape);
		break;
	case VALUE_PERCENT:
		fprintf(out, "%.1f", percent(&value->ratio));
		break;
	case VALUE_HOLDERS:
		print_holders(out, &value->holders, style.escape);
		break;
	}
}

static void csv_text(FILE *out, const struct value *value, bool quoted)
{
	const struct style style = { .escape = ESCAPE_CSV };

	if (quoted)
		putc('"', out);
	value_print(out, value, style);
	if (quoted)
		putc('"', out);
}

void value_csv(FILE *out, const struct value *value)
{
	const struct style exact = { .bytes = true };
	char address[INET6_ADDRSTRLEN];
	struct json json;

	switch (value->type) {
	case VALUE_UNKNOWN:
		break;
	case VALUE_TEXT:
		csv_text(out, value,
			 !*value->text || strpbrk(value->text, ",\""));
		break;
	case VALUE_HOLDERS:
		csv_text(out, value, true);
		break;
	case VALUE_ADDRESS:
		address_text(&value->address, address);
		fputs(address, out);
		break;
	case VALUE_RATE:
	case VALUE_PERCENT:
		json_init(&json, out, 0);
		value_json(&json, NULL, value);
		break;
	default:
		value_print(out, value, exact);
		break;
	}
}

static void json_holders(struct json *json, const char *key,
			 const struct holders *holders)
{
	size_t count =
		tcpmem_snapshot_get_holder_count(holders->snap, holders->sock);

	json_open_array(json, key);
	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_process *process =
			tcpmem_snapshot_get_holder(holders->snap, holders->sock,
						   i);

		json_open_object(json, NULL);
		json_integer(json, "pid", tcpmem_process_get_pid(process));
		json_text(json, "comm", tcpmem_process_get_comm(process));
		json_close_object(json);
	}
	json_close_array(json);
}

void value_json(struct json *json, const char *key, const struct value *value)
{
	char text[INET6_ADDRSTRLEN];

	switch (value->type) {
	case VALUE_UNKNOWN:
		json_null(json, key);
		break;
	case VALUE_TEXT:
		json_text(json, key, value->text);
		break;
	case VALUE_INTEGER:
	case VALUE_BYTES:
	case VALUE_SPEED:
	case VALUE_MICROSECONDS:
	case VALUE_MILLISECONDS:
		json_integer(json, key, value->integer);
		break;
	case VALUE_RATE:
		json_fraction(json, key, value->rate);
		break;
	case VALUE_ID:
		json_id(json, key, value->id);
		break;
	case VALUE_ADDRESS:
		address_text(&value->address, text);
		json_text(json, key, text);
		break;
	case VALUE_PERCENT:
		json_percent(json, key, value->ratio.part, value->ratio.whole);
		break;
	case VALUE_HOLDERS:
		json_holders(json, key, &value->holders);
		break;
	}
}

static int compare_addresses(const struct address *a, const struct address *b)
{
	int order = (a->family > b->family) - (a->family < b->family);

	if (!order)
		order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	if (!order)
		order = (a->port > b->port) - (a->port < b->port);
	return order;
}

/* The first holders decide. */
static int compare_holders(const struct holders *a, const struct holders *b)
{
	size_t a_count = tcpmem_snapshot_get_holder_count(a->snap, a->sock);
	size_t b_count = tcpmem_snapshot_get_holder_count(b->snap, b->sock);
	const struct tcpmem_process *p;
	const struct tcpmem_process *q;
	int order;

	if (!a_count || !b_count)
		return !a_count - !b_count;
	p = tcpmem_snapshot_get_holder(a->snap, a->sock, 0);
	q = tcpmem_snapshot_get_holder(b->snap, b->sock, 0);
	order = strcmp(tcpmem_process_get_comm(p), tcpmem_process_get_comm(q));
	if (order)
		return order;
	return (tcpmem_process_get_pid(p) > tcpmem_process_get_pid(q)) -
	       (tcpmem_process_get_pid(p) < tcpmem_process_get_pid(q));
}

static int compare_known(const struct value *a, const struct value *b)
{
	switch (a->type) {
	case VALUE_TEXT:
		return strcmp(a->text, b->text);
	case VALUE_ADDRESS:
		return compare_addresses(&a->address, &b->address);
	case VALUE_HOLDERS:
		return compare_holders(&a->holders, &b->holders);
	case VALUE_PERCENT:
		return (percent(&a->ratio) > percent(&b->ratio)) -
		       (percent(&a->ratio) < percent(&b->ratio));
	case VALUE_RATE:
		return (a->rate > b->rate) - (a->rate < b->rate);
	case VALUE_ID:
		return (a->id > b->id) - (a->id < b->id);
	default:
		return (a->integer > b->integer) - (a->integer < b->integer);
	}
}

int value_compare(const struct value *a, const struct value *b, bool falling)
{
	if (a->type == VALUE_UNKNOWN || b->type == VALUE_UNKNOWN)
		return (a->type == VALUE_UNKNOWN) - (b->type == VALUE_UNKNOWN);
	return falling ? compare_known(b, a) : compare_known(a, b);
}
