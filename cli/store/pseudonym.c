// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * pseudonym.c - names for addresses, in numbers and in text
 *
 * IPv4 becomes 240.0.0.1, 240.0.0.2 ..., which no host has; IPv6 2001:db8::1,
 * which is for documents. What tells nothing of anybody stays: any, loopback.
 */
#include "store/anonymize.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct pseudonym {
	uint8_t address[16];
	uint32_t number;
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

void pseudonyms_free(struct pseudonyms *names)
{
	tdestroy(names->tree, free);
}

/* @address: of IPv4 in the form of IPv6 */
static uint32_t number_of(struct pseudonyms *names, const uint8_t address[16])
{
	struct pseudonym **found = tfind(address, &names->tree, compare), *made;

	if (found)
		return (*found)->number;
	made = malloc(sizeof(*made));
	if (made) {
		memcpy(made->address, address, 16);
		made->number = ++names->count;
	}
	if (!made || !tsearch(made, &names->tree, compare)) {
		free(made);
		names->failed = true;
		return 0;
	}
	return made->number;
}

static void rename_v4(struct pseudonyms *names, uint8_t at[4])
{
	uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff };
	uint32_t address, name;

	memcpy(&address, at, 4);
	if (!address || at[0] == 127)
		return;
	memcpy(mapped + 12, at, 4);
	name = htonl(0xf0000000 + number_of(names, mapped));
	memcpy(at, &name, 4);
}

static void rename_v6(struct pseudonyms *names, uint8_t at[16])
{
	static const uint8_t documents[4] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct in6_addr address;
	uint32_t number;

	memcpy(&address, at, 16);
	if (IN6_IS_ADDR_V4MAPPED(&address)) {
		rename_v4(names, at + 12);
		return;
	}
	if (IN6_IS_ADDR_UNSPECIFIED(&address) || IN6_IS_ADDR_LOOPBACK(&address))
		return;
	number = htonl(number_of(names, at));
	memset(at, 0, 16);
	memcpy(at, documents, sizeof(documents));
	memcpy(at + 12, &number, sizeof(number));
}

void pseudonyms_address(struct pseudonyms *names, uint8_t *at, bool v6)
{
	if (v6)
		rename_v6(names, at);
	else
		rename_v4(names, at);
}

/* ---- text ---- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c);
}

/* @name: receives the pseudonym of an address; false: @text is none */
static bool rename_text(struct pseudonyms *names, const char *text,
			char name[INET6_ADDRSTRLEN])
{
	static const int families[] = { AF_INET, AF_INET6 };
	uint8_t address[16];

	for (int i = 0; i < 2; i++) {
		if (inet_pton(families[i], text, address) != 1)
			continue;
		pseudonyms_address(names, address, i);
		inet_ntop(families[i], address, name, INET6_ADDRSTRLEN);
		return true;
	}
	return false;
}

/* The longest address that @text begins with. Return: its length, or 0. */
static size_t take_address(struct pseudonyms *names, const char *text,
			   size_t len, struct bytes *out)
{
	char copy[INET6_ADDRSTRLEN], name[INET6_ADDRSTRLEN];
	size_t end = 0;

	while (end < len && end + 1 < sizeof(copy) &&
	       (isxdigit((unsigned char)text[end]) || text[end] == '.' ||
		text[end] == ':'))
		end++;
	for (; end > 1; end--) {
		if (end < len && is_word(text[end]))
			continue;
		memcpy(copy, text, end);
		copy[end] = '\0';
		if (!rename_text(names, copy, name))
			continue;
		bytes_add(out, name, strlen(name));
		return end;
	}
	return 0;
}

/* The host's name, or what stands before its first dot */
static size_t take_host(const char *host, const char *text, size_t len,
			struct bytes *out)
{
	size_t sizes[] = { strlen(host), strcspn(host, ".") };

	for (int i = 0; i < 2; i++) {
		size_t size = sizes[i];

		if (!size || size > len || strncmp(text, host, size) != 0 ||
		    (size < len && is_word(text[size])))
			continue;
		bytes_add(out, NO_HOST, strlen(NO_HOST));
		return size;
	}
	return 0;
}

void pseudonyms_text(struct pseudonyms *names, const char *host,
		     const char *text, size_t len, struct bytes *out)
{
	for (size_t i = 0, taken; i < len; i += taken) {
		taken = 0;
		if (!i || !is_word(text[i - 1]))
			taken = take_address(names, text + i, len - i, out);
		if (!taken && (!i || !is_word(text[i - 1])))
			taken = take_host(host, text + i, len - i, out);
		if (!taken) {
			bytes_add(out, text + i, 1);
			taken = 1;
		}
	}
}
