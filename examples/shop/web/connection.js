// Says whether what is shown is current: live, reconnecting, or as of when.
import { element, setText } from './draw.js';
import { timeOf } from './words.js';

const staleAfterMs = 5_000;

// Returns what ends it.
export function showConnection(freshet) {
    const badge = element('connection');
    let since = null; // when it was last live
    let timer;

    function say(state, text) {
        badge.hidden = false;
        badge.dataset.state = state;
        setText(badge, text);
        document.body.toggleAttribute('data-stale', state === 'stale');
    }

    const stop = freshet.onState((state) => {
        if (state === 'open') {
            clearTimeout(timer);
            since = null;
            say('live', 'Live');
        } else if (state === 'connecting') {
            say('connecting', 'Connecting…');
        } else if (state === 'waiting' && !since) {
            since = new Date();
            say('reconnecting', 'Reconnecting…');
            timer = setTimeout(() => say('stale', `As of ${timeOf(since)}, reconnecting…`),
                staleAfterMs);
        }
    });
    return () => {
        stop();
        clearTimeout(timer);
        badge.hidden = true;
        document.body.removeAttribute('data-stale');
    };
}
