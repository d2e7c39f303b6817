import java.nio.file.Path;
import java.time.Duration;
import org.neo4j.configuration.GraphDatabaseInternalSettings;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.HttpConnector;
import org.neo4j.configuration.connectors.HttpsConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/** Starts one server: HOME HOST PORT. It ends when its standard input does, so that it never outlives whoever started it. */
public class Neo4jSandbox {
    public static void main(String[] words) throws Exception {
        SocketAddress address = new SocketAddress(words[1], Integer.parseInt(words[2]));
        DatabaseManagementService service = new DatabaseManagementServiceBuilder(Path.of(words[0]))
            .setConfig(GraphDatabaseSettings.auth_enabled, true)
            .setConfig(BoltConnector.enabled, true)
            .setConfig(BoltConnector.listen_address, address)
            .setConfig(BoltConnector.advertised_address, address)
            .setConfig(HttpConnector.enabled, false)
            .setConfig(HttpsConnector.enabled, false)
            // Otherwise closing waits ten seconds for clients that might still come.
            .setConfig(GraphDatabaseInternalSettings.netty_server_shutdown_quiet_period, 0)
            .build();
        System.out.println("ready");
        System.out.flush();
        while (System.in.read() >= 0) {
        }
        service.shutdown();
        System.exit(0);
    }
}
