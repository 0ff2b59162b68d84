// SPDX-License-Identifier: LGPL-2.1-or-later
/* loopback.c - whether a host of a URL is this one */
#include "loopback.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE 256

/* Connecting to the unspecified address is connecting to loopback. */
static bool is_loopback_v4(const void *address)
{
	const unsigned char *bytes = address;
	static const unsigned char unspecified[4];

	return *bytes == 127 || memcmp(bytes, unspecified, 4) == 0;
}

static bool is_loopback_v6(const struct in6_addr *address)
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		return is_loopback_v4(address->s6_addr + 12);
	return IN6_IS_ADDR_LOOPBACK(address) ||
	       IN6_IS_ADDR_UNSPECIFIED(address);
}

static bool is_loopback_address(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET6)
		return is_loopback_v6(
			&((const struct sockaddr_in6 *)address)->sin6_addr);
	return address->sa_family == AF_INET &&
	       is_loopback_v4(&((const struct sockaddr_in *)address)->sin_addr);
}

static bool is_local_name(const char *name)
{
	static const char domain[] = ".localhost";
	size_t len = strlen(name), tail = sizeof(domain) - 1;

	return strcasecmp(name, domain + 1) == 0 ||
	       (len > tail && strcasecmp(name + len - tail, domain) == 0);
}

static bool has_name(const struct hostent *entry, const char *name)
{
	bool found = strcasecmp(entry->h_name, name) == 0;

	for (char **alias = entry->h_aliases; !found && *alias; alias++)
		found = strcasecmp(*alias, name) == 0;
	return found;
}

/* Only files can be listed: no server is asked. */
static bool is_loopback_in_hosts(const char *name)
{
	struct hostent *entry;
	bool found = false;

	sethostent(0);
	while (!found && (entry = gethostent()))
		found = entry->h_addrtype == AF_INET && *entry->h_addr_list &&
			is_loopback_v4(*entry->h_addr_list) &&
			has_name(entry, name);
	endhostent();
	return found;
}

bool is_loopback(const char *host)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };
	struct addrinfo *found;
	char name[NAME_SIZE];
	size_t len;
	bool local;

	snprintf(name, sizeof(name), "%s", *host == '[' ? host + 1 : host);
	len = strlen(name);
	if (len && (name[len - 1] == '.' || name[len - 1] == ']'))
		name[len - 1] = '\0';
	if (getaddrinfo(name, NULL, &hints, &found))
		return is_local_name(name) || is_loopback_in_hosts(name);
	local = is_loopback_address(found->ai_addr);
	freeaddrinfo(found);
	return local;
}
