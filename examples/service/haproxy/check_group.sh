#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# HAProxy runs this for each server of haproxy.cfg: whether the group that the server belongs to has met. The group's
# file is /etc/koi/a.json or b.json, and "balancer" a name with keys, which needs no right in any policy.
exec /usr/local/bin/koi status --config "/etc/koi/$HAPROXY_SERVER_NAME.json" --as balancer >/dev/null 2>&1
