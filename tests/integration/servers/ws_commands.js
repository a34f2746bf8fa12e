// What a WebSocket does when it is sent a text that starts with an exclamation mark.
'use strict';

const stalled = new Set();  // sockets that aren't read for now

const commands = {
  '!close': (context, [code, ...reason]) => {
    if (code === undefined) return context.ws.close();
    return context.ws.close(Number(code), reason.join(' '));
  },
  '!fin': context => context.socket.end(),
  '!reset': context => context.socket.resetAndDestroy(),
  '!headers': context => context.ws.send(JSON.stringify({ url: context.request.url, raw: context.request.rawHeaders })),
  '!send': (context, [size]) => context.ws.send(Buffer.alloc(Number(size), 0x61)),
  '!ping': (context, [payload]) => {
    context.ws.once('pong', data => context.ws.send(`pong ${data}`));
    context.ws.ping(payload);
  },
  '!fragments': (context, [count, size]) => {
    for (let i = 1; i <= Number(count); ++i) {
      context.ws.send('f'.repeat(Number(size)), { fin: i === Number(count) });
      if (i < Number(count)) context.ws.ping(`between ${i}`);
    }
  },
  // Octets that no WebSocket library would send.
  '!raw': (context, [hex]) => context.socket.write(Buffer.from(hex, 'hex')),
  '!raw-fin': (context, [hex]) => context.socket.end(Buffer.from(hex, 'hex')),
  // No more is read until another request asks for /resume.
  '!stall': context => {
    context.ws.send('stalled');
    stalled.add(context.socket);
    context.socket.pause();
    context.ws.pause();
    context.socket.stalled_ws = context.ws;
  },
};

function resume_all() {
  for (const socket of stalled) {
    socket.stalled_ws.resume();
    socket.resume();
  }
  const count = stalled.size;
  stalled.clear();
  return count;
}

// True if the text was a command.
function obey(context, text) {
  const [name, ...rest] = text.split(' ');
  if (commands[name] === undefined) return false;
  commands[name](context, rest);
  return true;
}

module.exports = { obey, resume_all };
