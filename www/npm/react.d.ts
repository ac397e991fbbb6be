import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { AttentionMapAttributes, AttentionMapElement } from './attention-map.js';

export * from './attention-map.js';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'attention-map': DetailedHTMLProps<HTMLAttributes<AttentionMapElement>, AttentionMapElement> & AttentionMapAttributes;
    }
  }
}
