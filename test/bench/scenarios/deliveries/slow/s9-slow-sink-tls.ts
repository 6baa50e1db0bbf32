// S9: what do requests over TLS cost? S2 again, with a certificate of the sink's own authority, which the connector alone trusts.
// The floor speaks TLS too.
import { slowSink } from '../s2-slow-sink.ts';

export const S9 = slowSink('S9', 'rules waiting, the sink takes 20 ms and speaks TLS', (lab) => lab.anotherSink('tls'));
