import 'attention-map/react';
import { useEffect, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { AttentionMapElement, AttentionMapEventMap } from 'attention-map';
import map from './map.json?url';

function Notes() {
  const live = useRef<AttentionMapElement>(null);
  const [tokens, setTokens] = useState<number>();

  useEffect(() => {
    const element = live.current;
    const count = ({ detail }: AttentionMapEventMap['attention-map:trace']) => setTokens(detail.maps[0].queries.length);
    element?.addEventListener('attention-map:trace', count);
    return () => element?.removeEventListener('attention-map:trace', count);
  }, []);

  return (
    <main>
      <h1>What “it” looks at</h1>
      <attention-map id="stored" src={map} layer={3} head={1}>
        The map needs JavaScript.
      </attention-map>
      <p id="tokens">{tokens === undefined ? 'Nothing has run yet.' : `${tokens} tokens`}</p>
      <attention-map ref={live} id="live" text="It works." backend="cpu" model-base="/models/" />
    </main>
  );
}

createRoot(document.querySelector('#app')!).render(<Notes />);
