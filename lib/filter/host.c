// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * host.c - [FAMILY:][ADDRESS][/PREFIX][:PORT] and [FAMILY:][:]PORT
 *
 * As ss reads them: an IPv6 address is in brackets unless a prefix follows,
 * an IPv4 address may lack bytes at its end (193.233.7/24), its bytes may be
 * octal or hexadecimal, and the prefix may be a mask.
 */
#include "filter/internal.h"

#include "base/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define HOSTS_MAX 32

/* Long enough for every address and every host name. */
#define ADDRESS_MAX 256

/*
 * struct place - where in an operand its parts are
 * @family: AF_UNSPEC if none was prefixed
 * @address: NULL or 0 bytes long for any
 * @port: NULL or empty for any
 */
struct place {
	int family;
	const char *address;
	size_t address_len;
	const char *port;
};

static const char an_address[] =
	"an address, a prefix or the name of a host; IPv6 in brackets";
static const char a_port[] = "a port from 0 to 65535, a service or *";

/* ss has more families, in which there are no TCP sockets. */
static const struct {
	const char *prefix;
	int family;
} families[] = {
	{ "inet:", AF_INET },	   { "inet6:", AF_INET6 },
	{ "unix:", AF_UNSPEC },	   { "link:", AF_UNSPEC },
	{ "netlink:", AF_UNSPEC }, { "vsock:", AF_UNSPEC },
};

static int read_family(struct tm_parse *parse, const struct tm_operand *operand,
		       const char **text, int *family)
{
	*text = operand->text;
	*family = AF_UNSPEC;
	for (size_t i = 0; i < TM_ARRAY_SIZE(families); i++) {
		size_t length = strlen(families[i].prefix);

		if (strncmp(operand->text, families[i].prefix, length) != 0)
			continue;
		if (families[i].family == AF_UNSPEC)
			return tm_parse_fail_within(parse, operand,
						    operand->text, length - 1,
						    "inet: or inet6:");
		*text += length;
		*family = families[i].family;
	}
	return 0;
}

static int split_brackets(struct tm_parse *parse,
			  const struct tm_operand *operand, const char *text,
			  struct place *place)
{
	const char *close = strchr(text, ']');

	if (!close)
		return tm_parse_fail_within(parse, operand, text + strlen(text),
					    0, "\"]\"");
	place->address = text + 1;
	place->address_len = (size_t)(close - place->address);
	place->port = close + 1;
	return 0;
}

/* Which colon begins the port? None is sure, so there must be brackets. */
static bool is_ambiguous(const char *text)
{
	const char *colon = strchr(text, ':');

	return !strchr(text, '/') && colon && strchr(colon + 1, ':');
}

static void split_bare(const char *text, struct place *place)
{
	const char *slash = strchr(text, '/');

	place->address = text;
	place->port = strrchr(slash ? slash : text, ':');
	place->address_len = place->port ? (size_t)(place->port - text)
					 : strlen(text);
}

static int split(struct tm_parse *parse, const struct tm_operand *operand,
		 struct place *place)
{
	const char *text;
	int ret = read_family(parse, operand, &text, &place->family);

	if (ret < 0)
		return ret;
	if (text[0] == '[')
		ret = split_brackets(parse, operand, text, place);
	else if (text[0] == '*')
		place->port = text + 1;
	else if (is_ambiguous(text))
		ret = tm_parse_fail_within(parse, operand, text, strlen(text),
					   "an IPv6 address in brackets, such "
					   "as [::1] or [::1]:22");
	else
		split_bare(text, place);
	if (place->port && *place->port == ':')
		place->port++;
	return ret;
}

static int read_port(struct tm_parse *parse, const struct tm_operand *operand,
		     const char *text, int32_t *port)
{
	const char *end;
	uint64_t number;
	uint16_t service;

	*port = TM_PORT_ANY;
	if (!text || !*text || strcmp(text, "*") == 0)
		return 0;
	if (tm_read_u64(text, UINT16_MAX, &end, &number) && !*end) {
		*port = (int32_t)number;
		return 0;
	}
	if (parse->names->service(text, &service) < 0)
		return tm_parse_fail_within(parse, operand, text, strlen(text),
					    a_port);
	*port = service;
	return 0;
}

/* "193.233.7" is 193.233.7.0; the bytes are read like any number. */
static bool read_ipv4(const char *text, uint8_t addr[4])
{
	memset(addr, 0, 4);
	for (unsigned int i = 0; i < 4; i++) {
		uint64_t byte;

		if (!tm_read_u64(text, UINT8_MAX, &text, &byte))
			return false;
		addr[i] = (uint8_t)byte;
		if (!*text)
			return true;
		if (*text++ != '.')
			return false;
	}
	return false;
}

/* "255.255.0.0" as 16; ones after a zero make no prefix. */
static bool read_mask(const char *text, uint64_t *prefix)
{
	uint8_t addr[4];
	uint32_t mask;

	if (!strchr(text, '.') || !read_ipv4(text, addr))
		return false;
	mask = (uint32_t)addr[0] << 24 | (uint32_t)addr[1] << 16 |
	       (uint32_t)addr[2] << 8 | addr[3];
	*prefix = (uint64_t)__builtin_popcount(mask);
	return (mask & (~mask >> 1)) == 0;
}

static bool read_prefix(const char *text, uint8_t bits, uint8_t *prefix)
{
	const char *end;
	uint64_t value;

	if (!(tm_read_u64(text, bits, &end, &value) && !*end) &&
	    !read_mask(text, &value))
		return false;
	*prefix = (uint8_t)value;
	return true;
}

/* Writes a NUL into @text and restores it. */
static bool read_numeric(char *text, struct tm_filter_host *host)
{
	char *slash = strchr(text, '/');
	uint8_t bits;
	bool valid;

	if (slash)
		*slash = '\0';
	host->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	bits = host->family == AF_INET6 ? 128 : 32;
	host->prefix = bits;
	valid = host->family == AF_INET6
			? inet_pton(AF_INET6, text, host->addr) == 1
			: read_ipv4(text, host->addr);
	if (slash) {
		*slash = '/';
		valid = valid && read_prefix(slash + 1, bits, &host->prefix);
	}
	return valid;
}

/* Digits alone are no host name: not resolved. */
static bool is_host_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t valid = 0;

	while (text[valid] && (strchr(letters, text[valid]) ||
			       strchr("0123456789-._", text[valid])))
		valid++;
	return !text[valid] && strpbrk(text, letters);
}

static int read_hosts(struct tm_parse *parse, int family, char *text,
		      struct tm_filter_host *hosts)
{
	if (strcmp(text, "default") == 0 || strcmp(text, "any") == 0 ||
	    strcmp(text, "all") == 0) {
		hosts[0].family = (uint8_t)family;
		return 1;
	}
	if (read_numeric(text, &hosts[0]))
		return family == AF_UNSPEC || family == hosts[0].family
			       ? 1
			       : -ENOENT;
	if (!is_host_name(text))
		return -ENOENT;
	return parse->names->host(text, family, hosts, HOSTS_MAX);
}

/* The family that an operand names is a comparison of its own. */
static int add_family(struct tm_parse *parse, int family)
{
	const struct tm_filter_node node = {
		.type = TM_FILTER_FAMILY,
		.id = family == AF_INET6 ? TCPMEM_FAMILY_IPV6
					 : TCPMEM_FAMILY_IPV4,
	};

	if (family == AF_UNSPEC)
		return 0;
	parse->families |= 1u << node.id;
	return tm_parse_add(parse, &node);
}

static int join_family(struct tm_parse *parse, int family)
{
	const struct tm_filter_node joint = { .type = TM_FILTER_AND };

	return family == AF_UNSPEC ? 0 : tm_parse_add(parse, &joint);
}

static int add_hosts(struct tm_parse *parse, struct tm_filter_node *node,
		     const struct tm_filter_host *hosts, int count)
{
	const struct tm_filter_node joint = { .type = TM_FILTER_OR };
	int ret = 0;

	for (int i = 0; i < count && ret == 0; i++) {
		node->host = hosts[i];
		ret = tm_parse_add(parse, node);
		if (ret == 0 && i > 0)
			ret = tm_parse_add(parse, &joint);
	}
	return ret;
}

/* The interface behind an address's "%" is a comparison of its own. */
static int add_zone(struct tm_parse *parse, const struct tm_filter_node *zone)
{
	const struct tm_filter_node joint = { .type = TM_FILTER_AND };
	int ret;

	if (!zone || (!zone->text && !zone->id))
		return 0;
	ret = tm_parse_add(parse, zone);
	return ret < 0 ? ret : tm_parse_add(parse, &joint);
}

/* "!= HOST" negates the whole set of its addresses. */
static int add_all(struct tm_parse *parse, struct tm_filter_node *node,
		   const struct tm_filter_host *hosts, int count, int family,
		   const struct tm_filter_node *zone)
{
	bool negative = node->op == TM_OP_NE;
	size_t first = parse->filter->count;
	int ret;

	if (negative)
		node->op = TM_OP_EQ;
	ret = add_family(parse, family);
	if (ret == 0)
		ret = hosts ? add_hosts(parse, node, hosts, count)
			    : tm_parse_add(parse, node);
	if (ret == 0)
		ret = add_zone(parse, zone);
	if (ret == 0)
		ret = join_family(parse, family);
	if (ret == 0 && negative)
		tm_parse_negate(parse, first);
	return ret;
}

/*
 * Takes "%INTERFACE" off an address in brackets, whose last is overwritten, for
 * the name to end there. Return: false if it cannot be one.
 */
static bool split_zone(struct tm_parse *parse, const struct place *place,
		       char *text, struct tm_filter_node *zone)
{
	char *percent = strchr(text, '%');
	char *strings = parse->filter->strings;
	const char *end;
	size_t name;

	if (!percent)
		return true;
	*percent++ = '\0';
	if (place->address == strings || place->address[-1] != '[' ||
	    !strchr(text, ':') || !tm_is_interface(percent))
		return false;
	zone->type = TM_FILTER_DEV;
	if (tm_read_u64(percent, UINT32_MAX, &end, &zone->id) && !*end)
		return true;
	name = (size_t)(place->address - strings) + (size_t)(percent - text);
	strings[name + strlen(percent)] = '\0';
	zone->text = (uint32_t)name;
	return true;
}

/* Return: how many hosts the address and its interface name, or -errno */
static int read_address(struct tm_parse *parse, const struct place *place,
			struct tm_filter_host *hosts,
			struct tm_filter_node *zone)
{
	char text[ADDRESS_MAX] = "";

	if (place->address_len >= sizeof(text))
		return -ENOENT;
	memcpy(text, place->address, place->address_len);
	if (!split_zone(parse, place, text, zone))
		return -ENOENT;
	return *text ? read_hosts(parse, place->family, text, hosts) : 1;
}

/* Return: the number of addresses, or -errno. */
static int read_addresses(struct tm_parse *parse,
			  const struct tm_operand *operand,
			  const struct place *place,
			  struct tm_filter_host *hosts,
			  struct tm_filter_node *zone)
{
	int count = 1;

	if (place->address_len)
		count = read_address(parse, place, hosts, zone);
	return count > 0 ? count
			 : tm_parse_fail_within(parse, operand, place->address,
						place->address_len, an_address);
}

int tm_read_host(struct tm_parse *parse, const struct tm_field *field,
		 const struct tm_operand *operand, struct tm_filter_node *node)
{
	struct tm_filter_host hosts[HOSTS_MAX] = { 0 };
	struct place place = { 0 };
	struct tm_filter_node zone = { 0 };
	int32_t port = TM_PORT_ANY;
	int count, ret;

	(void)field;
	ret = split(parse, operand, &place);
	if (ret == 0)
		ret = read_port(parse, operand, place.port, &port);
	if (ret < 0)
		return ret;
	count = read_addresses(parse, operand, &place, hosts, &zone);
	if (count < 0)
		return count;
	for (int i = 0; i < count; i++)
		hosts[i].port = port;
	return add_all(parse, node, hosts, count, place.family, &zone);
}

/* Any port of a family: equal to it or not, there is no order. */
static int add_any_port(struct tm_parse *parse,
			const struct tm_operand *operand,
			struct tm_filter_node *node, int family)
{
	const struct tm_filter_host any = { .port = TM_PORT_ANY };

	if (!(1u << node->op & (1u << TM_OP_EQ | 1u << TM_OP_NE)))
		return tm_parse_fail(parse, operand->offset, operand->length,
				     "a port from 0 to 65535 to compare with");
	*node = (struct tm_filter_node){
		.type = TM_FILTER_HOST,
		.op = node->op,
		.which = node->which,
	};
	return add_all(parse, node, &any, 1, family, NULL);
}

int tm_read_port(struct tm_parse *parse, const struct tm_field *field,
		 const struct tm_operand *operand, struct tm_filter_node *node)
{
	const char *text;
	int family, ret;
	int32_t port;

	(void)field;
	ret = read_family(parse, operand, &text, &family);
	if (ret < 0)
		return ret;
	text += *text == ':';
	ret = read_port(parse, operand, text, &port);
	if (ret < 0)
		return ret;
	if (port == TM_PORT_ANY)
		return add_any_port(parse, operand, node, family);
	node->id = (uint64_t)port;
	return add_all(parse, node, NULL, 0, family, NULL);
}
