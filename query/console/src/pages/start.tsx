// First steps: from a key to a first event that the page itself sees arrive.
import { Badge, Card, PageHead } from "../ui/basics";
export function Start() {
  return <><PageHead title="Start" /><Card><Badge>soon</Badge></Card></>;
}
