/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* web.h - HTTP: who may ask, what is answered */
#ifndef EXPORTER_WEB_H
#define EXPORTER_WEB_H

#include "collector.h"

#include <gnutls/gnutls.h>

/* enum client_auth - client_auth_type of the web configuration */
enum client_auth {
	CLIENT_AUTH_NONE,
	CLIENT_AUTH_REQUEST,
	CLIENT_AUTH_REQUIRE_ANY,
	CLIENT_AUTH_VERIFY_IF_GIVEN,
	CLIENT_AUTH_REQUIRE_AND_VERIFY,
};

/* struct web_user - @hash: of bcrypt */
struct web_user {
	char *name;
	char *hash;
};

/*
 * struct web_config - the file of --web.config.file, read
 * @cert, @key: PEM; NULL: no TLS
 * @client_ca: PEM; NULL: none
 * @paths: of the files that were read, so that changes are seen
 */
struct web_config {
	char *cert;
	char *key;
	char *client_ca;
	enum client_auth client_auth;
	bool tls13;
	struct web_user *user;
	size_t user_count;
	char *path[4];
	size_t path_count;
};

/*
 * web_config_read() - reads the file and those that it names
 *
 * Return: the configuration, or NULL after a message.
 */
struct web_config *web_config_read(const char *path);
void web_config_free(struct web_config *config);

/* web_config_stamp() - changes when one of the files does */
uint64_t web_config_stamp(const struct web_config *config);

/*
 * password_check() - whether @config has this user with this password
 *
 * @config has users. Takes as long for a user that there is not. What was right
 * once is remembered, so that a scrape does not cost a hash.
 */
bool password_check(const struct web_config *config, const char *name,
		    const char *password);

struct web;

/*
 * web_new() - a server for connections that are handed to it
 * @config: taken over; NULL: neither TLS nor passwords
 *
 * Return: NULL after a message.
 */
struct web *web_new(struct collector *collector,
		    const struct settings *settings, struct web_config *config);

/* web_free() - ends all connections */
void web_free(struct web *web);

/* web_add() - hands over a connection; it is closed if that fails */
void web_add(struct web *web, int fd, const void *address, unsigned int size);

/* web_connections() - how many are open; those that take too long are cut */
size_t web_connections(struct web *web);

const struct web_config *web_get_config(const struct web *web);

#endif
