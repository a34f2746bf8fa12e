#pragma once

/// Everything.
#include <mint/adapters/mailbox.hpp>
#include <mint/core.hpp>
#include <mint/http/connect.hpp>
#include <mint/http/connection.hpp>
#include <mint/websocket/websocket.hpp>
