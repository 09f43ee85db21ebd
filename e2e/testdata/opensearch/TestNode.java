import java.util.Collection;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;
import org.opensearch.transport.Netty4Plugin;

/** One node of OpenSearch for tests, in one process: java -cp 'FOLDER/*' TestNode.java HOME HTTP-PORT TRANSPORT-PORT. */
public class TestNode extends Node {
  TestNode(Settings s, Collection<Class<? extends Plugin>> plugins) {
    super(InternalSettingsPreparer.prepareEnvironment(s, Collections.emptyMap(), null, () -> "n1"), plugins, false);
  }

  public static void main(String[] args) throws Exception {
    Settings s = Settings.builder()
        .put("path.home", args[0]).put("path.data", args[0] + "/data").put("path.logs", args[0] + "/logs")
        .put("cluster.name", "tests").put("node.name", "n1")
        .put("network.host", "127.0.0.1").put("http.port", args[1]).put("transport.port", args[2])
        .put("discovery.type", "single-node").put("transport.type", "netty4").put("http.type", "netty4")
        .put("http.max_content_length", "1mb")
        // An almost full disk makes indexes read-only.
        .put("cluster.routing.allocation.disk.threshold_enabled", false)
        .build();
    new TestNode(s, Collections.singletonList(Netty4Plugin.class)).start();
    new CountDownLatch(1).await();
  }
}
