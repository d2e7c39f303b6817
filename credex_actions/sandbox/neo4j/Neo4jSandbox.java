import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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

/**
 * Runs one server after the other: its standard input has HOME, HOST and PORT of each, a line each, and an empty line for it to stop. What a server says
 * is in console.log in its home: "ready" once it is, "stopped" once its store is closed. The process ends when its standard input does, so that it never
 * outlives whoever started it.
 */
public class Neo4jSandbox {
    public static void main(String[] words) throws Exception {
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        boolean first = true;
        for (String home = asked.readLine(); home != null; home = asked.readLine()) {
            if (!first) {
                redirect(Path.of(home, "console.log"));
            }
            first = false;
            DatabaseManagementService service = start(Path.of(home), asked.readLine(), Integer.parseInt(asked.readLine()));
            say("ready");
            String stop = asked.readLine();
            service.shutdown();
            if (stop == null) {
                break;
            }
            say("stopped");
            service = null;
            System.gc(); // the page cache is outside the heap: it would stay until the heap is full
        }
        System.exit(0);
    }

    private static void say(String word) {
        System.out.println(word);
        System.out.flush();
    }

    /** The first server has the streams that the process was started with: they can be written to even if the disk is full. */
    private static void redirect(Path log) throws IOException {
        PrintStream stream = new PrintStream(new FileOutputStream(log.toFile(), true), true);
        PrintStream former = System.out;
        System.setOut(stream);
        System.setErr(stream);
        former.close();
    }

    private static DatabaseManagementService start(Path home, String host, int port) {
        SocketAddress address = new SocketAddress(host, port);
        DatabaseManagementServiceBuilder builder = new DatabaseManagementServiceBuilder(home);
        Path settings = home.resolve("conf").resolve("neo4j.conf");
        if (Files.exists(settings)) {
            builder.loadPropertiesFromFile(settings);
        }
        return builder
            .setConfig(GraphDatabaseSettings.auth_enabled, true)
            .setConfig(BoltConnector.enabled, true)
            .setConfig(BoltConnector.listen_address, address)
            .setConfig(BoltConnector.advertised_address, address)
            .setConfig(HttpConnector.enabled, false)
            .setConfig(HttpsConnector.enabled, false)
            // Otherwise closing waits ten seconds for clients that might still come.
            .setConfig(GraphDatabaseInternalSettings.netty_server_shutdown_quiet_period, 0)
            .build();
    }
}
