/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* incident.h - looks around an incident, kept longer than others */
#ifndef CLI_STORE_INCIDENT_H
#define CLI_STORE_INCIDENT_H

#include "store/store.h"

/* So much before and after an incident is kept. */
#define INCIDENT_MS INT64_C(600000)

/* incident_keep_file() - a file that ended, if it is of the incident's time */
void incident_keep_file(const char *dir, const struct file_entry *entry,
			int64_t last, int64_t incident);

/* incident_keep_before() - the files that ended shortly before */
void incident_keep_before(const char *dir, int64_t time);

/* incident_capture() - a capture beside the store's files. 0 or -errno */
int incident_capture(const char *dir, int64_t time, const uint8_t *capture,
		     size_t len);

#endif
