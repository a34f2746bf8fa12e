// Says where a server listens, and ends it with the test that started it.
'use strict';

// On a free port of loopback; with a path on that Unix domain socket, and then the port said means nothing.
function announce(server, path) {
  if (path === undefined) {
    server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
  } else {
    server.listen(path, () => console.log('listening 1'));
  }
  process.stdin.on('end', () => process.exit(0)).resume();
  process.on('SIGTERM', () => process.exit(0));
}

module.exports = { announce };
