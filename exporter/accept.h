/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* accept.h - which format a request asks for */
#ifndef EXPORTER_ACCEPT_H
#define EXPORTER_ACCEPT_H

#include <stdbool.h>

/*
 * accepts_openmetrics() - whether OpenMetrics 1.0 is preferred to text 0.0.4
 * @header: Accept of the request; NULL: none, which asks for the older one
 */
bool accepts_openmetrics(const char *header);

#endif
