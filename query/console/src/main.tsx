import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style/tokens.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/results.css";
import "./core/theme";
import { App } from "./app";

render(<App />, document.getElementById("app")!);
