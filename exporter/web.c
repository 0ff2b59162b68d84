// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * web.c - HTTP: one request a connection, each in a thread of its own
 *
 * A connection has 10 s for its request and, from then on, the patience of its
 * scrape and 10 s to take the answer: who is slower is cut off.
 */
#include "web.h"

#include "accept.h"
#include "output/file.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define SLOW_SECONDS	 10
#define PATIENCE_SECONDS 10.0
#define PATIENCE_MAX	 120.0
#define SPARE_SECONDS	 0.5
#define REQUEST_BYTES	 (12 * 1024)
#define STACK_BYTES	 (256 * 1024)

/* struct connection - @fd: -1: none is open; @deadline_ns: then it is cut */
struct connection {
	int fd;
	int64_t deadline_ns;
};

struct web {
	struct MHD_Daemon *daemon;
	struct collector *collector;
	const struct settings *settings;
	struct web_config *config;
	pthread_mutex_t lock;
	struct connection connection[CONNECTIONS_MAX];
};

static int64_t after(double seconds)
{
	return metrics_clock(CLOCK_MONOTONIC) +
	       (int64_t)(seconds * (double)NS_PER_SECOND);
}

static int fd_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD)
		->connect_fd;
}

/* The first connection with @fd; -1 finds a free one. */
static struct connection *find(struct web *web, int fd)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (web->connection[i].fd == fd)
			return &web->connection[i];
	return NULL;
}

static void on_connection(void *user, struct MHD_Connection *connection,
			  void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct web *web = user;
	int fd = fd_of(connection);
	struct connection *entry;

	(void)context;
	if (code != MHD_CONNECTION_NOTIFY_CLOSED)
		return;
	pthread_mutex_lock(&web->lock);
	entry = find(web, fd);
	if (entry)
		entry->fd = -1;
	pthread_mutex_unlock(&web->lock);
}

static void set_deadline(struct web *web, struct MHD_Connection *connection,
			 double seconds)
{
	struct connection *entry;

	pthread_mutex_lock(&web->lock);
	entry = find(web, fd_of(connection));
	if (entry)
		entry->deadline_ns = after(seconds + SLOW_SECONDS);
	pthread_mutex_unlock(&web->lock);
}

size_t web_connections(struct web *web)
{
	int64_t now = metrics_clock(CLOCK_MONOTONIC);
	size_t open = 0;

	pthread_mutex_lock(&web->lock);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (web->connection[i].fd < 0)
			continue;
		open++;
		if (web->connection[i].deadline_ns < now)
			shutdown(web->connection[i].fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&web->lock);
	return open;
}

void web_add(struct web *web, int fd, const void *address, unsigned int size)
{
	struct connection *entry;

	pthread_mutex_lock(&web->lock);
	entry = find(web, -1);
	if (entry)
		*entry = (struct connection){ fd, after(SLOW_SECONDS) };
	pthread_mutex_unlock(&web->lock);
	/* it closes the connection if it fails */
	if (MHD_add_connection(web->daemon, fd, address, size) == MHD_YES)
		return;
	pthread_mutex_lock(&web->lock);
	if (entry)
		entry->fd = -1;
	pthread_mutex_unlock(&web->lock);
}

/*
 * ---- requests ----
 */

/* @text: freed by the server */
static enum MHD_Result reply(struct MHD_Connection *connection,
			     unsigned int status, const char *type, char *text,
			     size_t size)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		size, text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result ret;

	if (!response) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Connection", "close");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(response, "WWW-Authenticate",
					"Basic realm=\"tcpmem\"");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	ret = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return ret;
}

static enum MHD_Result reply_text(struct MHD_Connection *connection,
				  unsigned int status, const char *text)
{
	char *copy = strdup(text);

	return copy ? reply(connection, status, "text/plain; charset=utf-8",
			    copy, strlen(copy))
		    : MHD_NO;
}

static enum MHD_Result reply_index(struct web *web,
				   struct MHD_Connection *connection)
{
	char *text;
	int size = asprintf(
		&text,
		"<!DOCTYPE html><html lang=\"en\"><head>"
		"<title>tcpmem-exporter</title></head><body>"
		"<h1>tcpmem-exporter</h1><p>version " TCPMEM_VERSION
		"</p><p><a href=\"%s\">metrics</a></p></body></html>\n",
		web->settings->path);

	return size < 0 ? MHD_NO
			: reply(connection, MHD_HTTP_OK,
				"text/html; charset=utf-8", text, (size_t)size);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Half a second before Prometheus gives up */
static double patience(struct MHD_Connection *connection)
{
	const char *text =
		header(connection, "X-Prometheus-Scrape-Timeout-Seconds");
	double seconds = text ? strtod(text, NULL) : 0;

	if (!(seconds > 0))
		return PATIENCE_SECONDS;
	if (seconds > PATIENCE_MAX)
		return PATIENCE_MAX;
	return seconds > 2 * SPARE_SECONDS ? seconds - SPARE_SECONDS
					   : seconds / 2;
}

static enum MHD_Result reply_metrics(struct web *web,
				     struct MHD_Connection *connection)
{
	static const char *const types[] = {
		[TEXT_PLAIN] = "text/plain; version=0.0.4; charset=utf-8",
		[TEXT_OPENMETRICS] = "application/openmetrics-text; "
				     "version=1.0.0; charset=utf-8",
	};
	int format = accepts_openmetrics(header(connection, "Accept"))
			     ? TEXT_OPENMETRICS
			     : TEXT_PLAIN;
	double seconds = patience(connection);
	struct answer *answer;
	char *text = NULL;
	size_t size;
	bool success;
	FILE *out;

	set_deadline(web, connection, seconds);
	answer = collector_get(web->collector, after(seconds), &success);
	out = memstream_open(&text, &size);
	if (out && answer)
		fwrite(answer->text[format], 1, answer->size[format], out);
	if (out) {
		metrics_print_process(out, format == TEXT_OPENMETRICS);
		metrics_print_status(out, format == TEXT_OPENMETRICS, success);
	}
	answer_unref(answer);
	if (memstream_close(out, &text) < 0)
		return MHD_NO;
	return reply(connection, MHD_HTTP_OK, types[format], text, size);
}

/* The server asks for a certificate; what it is worth is judged here. */
static bool has_certificate(const struct web *web,
			    struct MHD_Connection *connection)
{
	enum client_auth wanted = web->config ? web->config->client_auth
					      : CLIENT_AUTH_NONE;
	const union MHD_ConnectionInfo *info;
	unsigned int count = 0, status = 0;

	if (wanted == CLIENT_AUTH_NONE || wanted == CLIENT_AUTH_REQUEST)
		return true;
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (!info || !info->tls_session)
		return false;
	gnutls_certificate_get_peers(info->tls_session, &count);
	if (!count)
		return wanted == CLIENT_AUTH_VERIFY_IF_GIVEN;
	if (wanted == CLIENT_AUTH_REQUIRE_ANY)
		return true;
	return gnutls_certificate_verify_peers2(info->tls_session, &status) ==
		       0 &&
	       status == 0;
}

static bool has_password(const struct web *web,
			 struct MHD_Connection *connection)
{
	char *password = NULL;
	bool right = false;
	char *name;

	if (!web->config || !web->config->user_count)
		return true;
	name = MHD_basic_auth_get_username_password(connection, &password);
	if (name && password)
		right = password_check(web->config, name, password);
	MHD_free(name);
	MHD_free(password);
	return right;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection,
				  const char *path, const char *method,
				  const char *version, const char *data,
				  size_t *size, void **context)
{
	struct web *web = user;

	(void)version;
	(void)data;
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return reply_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				  "GET or HEAD\n");
	/* the first call is for the headers; a body is not read */
	if (!*context || *size) {
		*context = web;
		*size = 0;
		return MHD_YES;
	}
	set_deadline(web, connection, 0);
	if (!has_certificate(web, connection))
		return reply_text(connection, MHD_HTTP_FORBIDDEN,
				  "a client certificate is needed\n");
	if (!has_password(web, connection))
		return reply_text(connection, MHD_HTTP_UNAUTHORIZED,
				  "Unauthorized\n");
	if (strcmp(path, web->settings->path) == 0)
		return reply_metrics(web, connection);
	if (strcmp(path, "/healthz") == 0)
		return reply_text(connection, MHD_HTTP_OK, "ok\n");
	if (strcmp(path, "/") == 0)
		return reply_index(web, connection);
	return reply_text(connection, MHD_HTTP_NOT_FOUND, "not found\n");
}

/*
 * ---- the server ----
 */

/* Clients that end a connection are no news. */
static void on_log(void *user, const char *format, va_list args)
{
	(void)user;
	(void)format;
	(void)args;
}

static struct MHD_Daemon *start(struct web *web)
{
	const struct web_config *config = web->config;
	bool tls = config && config->cert;
	struct MHD_OptionItem options[4] = { { MHD_OPTION_END, 0, NULL } };
	unsigned int flags = MHD_USE_THREAD_PER_CONNECTION |
			     MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC |
			     MHD_USE_POLL | MHD_USE_NO_LISTEN_SOCKET |
			     MHD_USE_ERROR_LOG;
	const char *versions =
		config && config->tls13
			? "NORMAL:-VERS-ALL:+VERS-TLS1.3"
			: "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

	if (tls) {
		flags |= MHD_USE_TLS;
		options[0] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT,
						      0, config->cert };
		options[1] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY,
						      0, config->key };
		options[2] = (struct MHD_OptionItem){
			config->client_ca ? MHD_OPTION_HTTPS_MEM_TRUST
					  : MHD_OPTION_END,
			0, config->client_ca
		};
	}
	/* the logger comes first, or what is wrong with options is printed */
	return MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, web,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX + 1U,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)SLOW_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_BYTES,
		MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, web,
		tls ? MHD_OPTION_HTTPS_PRIORITIES : MHD_OPTION_ARRAY,
		tls ? (void *)versions : (void *)options, MHD_OPTION_ARRAY,
		options, MHD_OPTION_END);
}

struct web *web_new(struct collector *collector,
		    const struct settings *settings, struct web_config *config)
{
	struct web *web = calloc(1, sizeof(*web));

	if (!web) {
		web_config_free(config);
		return NULL;
	}
	web->collector = collector;
	web->settings = settings;
	web->config = config;
	pthread_mutex_init(&web->lock, NULL);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		web->connection[i].fd = -1;
	web->daemon = start(web);
	if (web->daemon)
		return web;
	report("the server cannot start%s",
	       config && config->cert ? "; are certificate and key right?"
				      : "");
	web_free(web);
	return NULL;
}

void web_free(struct web *web)
{
	if (web->daemon)
		MHD_stop_daemon(web->daemon);
	pthread_mutex_destroy(&web->lock);
	web_config_free(web->config);
	free(web);
}

const struct web_config *web_get_config(const struct web *web)
{
	return web->config;
}
