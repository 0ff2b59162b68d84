// SPDX-License-Identifier: LGPL-2.1-or-later
/* password.c - passwords against hashes of bcrypt, each hashed once */
#include "web.h"

#include <crypt.h>
#include <gnutls/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_SIZE 32
#define KNOWN_MAX   16

/* Hashing is serial: many wrong passwords take one CPU, not all. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Digests, by a key of this process, of what was right; the oldest goes */
static unsigned char known[KNOWN_MAX][DIGEST_SIZE];
static size_t known_count;

static bool same(const void *a, const void *b, size_t size)
{
	return gnutls_memcmp(a, b, size) == 0;
}

static bool hash_matches(const char *hash, const char *password)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *made = data ? crypt_rn(password, hash, data, sizeof(*data))
				: NULL;
	bool right = made && strlen(made) == strlen(hash) &&
		     same(made, hash, strlen(hash));

	if (data)
		gnutls_memset(data, 0, sizeof(*data));
	free(data);
	return right;
}

/* Of the hash too: a password that was changed is not known any more. */
static bool make_digest(const struct web_user *user, const char *password,
			unsigned char digest[DIGEST_SIZE])
{
	static unsigned char key[DIGEST_SIZE];
	static bool has_key;
	gnutls_hmac_hd_t hmac;

	if (!has_key && gnutls_rnd(GNUTLS_RND_KEY, key, sizeof(key)) < 0)
		return false;
	has_key = true;
	if (gnutls_hmac_init(&hmac, GNUTLS_MAC_SHA256, key, sizeof(key)) < 0)
		return false;
	gnutls_hmac(hmac, user->name, strlen(user->name) + 1);
	gnutls_hmac(hmac, user->hash, strlen(user->hash) + 1);
	gnutls_hmac(hmac, password, strlen(password));
	gnutls_hmac_deinit(hmac, digest);
	return true;
}

static bool is_known(const unsigned char digest[DIGEST_SIZE])
{
	bool found = false;

	for (size_t i = 0; i < KNOWN_MAX && i < known_count; i++)
		found |= same(known[i], digest, DIGEST_SIZE);
	return found;
}

bool password_check(const struct web_config *config, const char *name,
		    const char *password)
{
	/* a user that there is not costs a hash, too, and is never right */
	struct web_user nobody = { .name = (char *)"",
				   .hash = config->user[0].hash };
	const struct web_user *user = &nobody;
	unsigned char digest[DIGEST_SIZE];
	bool right;

	for (size_t i = 0; i < config->user_count; i++)
		if (strcmp(config->user[i].name, name) == 0)
			user = &config->user[i];
	pthread_mutex_lock(&lock);
	right = make_digest(user, password, digest) && is_known(digest);
	if (!right && hash_matches(user->hash, password) && user != &nobody) {
		right = true;
		memcpy(known[known_count++ % KNOWN_MAX], digest, DIGEST_SIZE);
	}
	pthread_mutex_unlock(&lock);
	return right;
}
