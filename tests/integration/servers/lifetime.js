// Says where a server listens, and ends it with the test that started it.
'use strict';

function announce(server) {
  server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
  process.stdin.on('end', () => process.exit(0)).resume();
  process.on('SIGTERM', () => process.exit(0));
}

module.exports = { announce };
